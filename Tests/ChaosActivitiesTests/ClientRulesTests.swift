import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

/// Region and credentials are taken as chaosaws's `aws_client` takes them.
struct ClientRulesTests {
    private static let alarm = Reply.json(["MetricAlarms": [["StateValue": "OK"]]])

    /// The scope of the signature: `<key>/<date>/<region>/<service>/aws4_request`.
    private func scope(
        configuration: JSONObject = [:], secrets: JSONObject = [:], environment: [String: String] = [:]
    ) async throws -> (key: String, region: String, token: String?) {
        let aws = try ScriptedAWS(["DescribeAlarms": [Self.alarm]])
        let native = try Native(
            "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "a"], at: aws.url, configuration: configuration,
            secrets: secrets, environment: environment)
        #expect(try await native.run().output == "OK")
        let request = try #require(aws.requests("DescribeAlarms").first)
        let parts = (request["Authorization"] ?? "").split(separator: "=", maxSplits: 1)[1].split(separator: "/")
        return (String(parts[0]), String(parts[2]), request["X-Amz-Security-Token"])
    }

    @Test(
        "the region is that of the configuration, else that of the environment",
        arguments: [
            (["aws_region": "us-west-2"], [:], "us-west-2"),
            ([:], [:], "eu-central-1"),
            (["aws_region": ""], [:], "eu-central-1"),
            ([:], ["AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-3"], "eu-west-3"),
            ([:], ["AWS_DEFAULT_REGION": "eu-west-3"], "eu-central-1"),
        ] as [(JSONObject, [String: String], String)])
    func region(configuration: JSONObject, environment: [String: String], region: String) async throws {
        #expect(try await scope(configuration: configuration, environment: environment).region == region)
    }

    @Test("without a region the activity fails and says where to set one, also when a profile has one")
    func noRegion() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "config")
            try "[default]\nregion = eu-west-1\n".write(to: file, atomically: true, encoding: .utf8)
            let environment = ["AWS_REGION": "", "AWS_CONFIG_FILE": file.path]
            let error = await #expect(throws: ExperimentError.self) { try await scope(environment: environment) }
            #expect(error?.code == .activityFailed)
            #expect(
                error?.message.hasPrefix(
                    "chaoslib.exceptions.InterruptExecution: AWS requires a region to be set!") == true)
            #expect(error?.message.contains("aws_region") == true)
        }
    }

    @Test("keys are those of the secrets, else of the environment")
    func keys() async throws {
        #expect(try await scope().key == "AKIAIOSFODNN7EXAMPLE")
        let own = try await scope(secrets: [
            "aws_access_key_id": "AKIASECRETS", "aws_secret_access_key": "s", "aws_session_token": "t",
        ])
        #expect(own.key == "AKIASECRETS")
        #expect(own.token == "t")
        let half = await #expect(throws: ExperimentError.self) {
            try await scope(secrets: ["aws_access_key_id": "AKIASECRETS"])
        }
        #expect(half?.message.contains("aws_secret_access_key") == true)
        #expect(half?.message.contains("AKIASECRETS") == false)
    }

    @Test("a profile of the configuration counts before the keys of the environment")
    func profile() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "credentials")
            try "[chaos]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n"
                .write(to: file, atomically: true, encoding: .utf8)
            let environment = ["AWS_SHARED_CREDENTIALS_FILE": file.path]
            let used = try await scope(configuration: ["aws_profile_name": "chaos"], environment: environment)
            #expect(used.key == "AKIAPROFILE")
            #expect(used.region == "eu-central-1")
            let unknown = await #expect(throws: ExperimentError.self) {
                try await scope(configuration: ["aws_profile_name": "nope"], environment: environment)
            }
            #expect(unknown?.message.contains("profile nope is not in") == true)
        }
    }

    @Test(
        "a role is assumed with the other credentials and a name for the session",
        arguments: [([:], "ChaosToolkit"), (["aws_assume_role_session_name": "game-day"], "game-day")]
            as [(JSONObject, String)])
    func role(more: JSONObject, session: String) async throws {
        let aws = try ScriptedAWS(["AssumeRole": [Self.assumed], "DescribeAlarms": [Self.alarm]])
        var configuration: JSONObject = ["aws_assume_role_arn": "arn:aws:iam::123456789012:role/chaos"]
        for (key, value) in more { configuration[key] = value }
        let native = try Native(
            "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "a"], at: aws.url, configuration: configuration,
            secrets: ["aws_access_key_id": "AKIASECRETS", "aws_secret_access_key": "s"])
        #expect(try await native.run().output == "OK")
        let assume = aws.requests("AssumeRole")[0]
        #expect(assume["Authorization"]?.contains("Credential=AKIASECRETS/") == true)
        #expect(formFields(assume.body).first { $0.name == "RoleSessionName" }?.value == session)
        #expect(aws.requests("DescribeAlarms")[0]["Authorization"]?.contains("Credential=ASIAROLE/") == true)
    }

    @Test("a role that may not be assumed fails the activity as boto3 does")
    func refusedRole() async throws {
        let aws = try ScriptedAWS([
            "AssumeRole": [
                .http(
                    403,
                    body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error>"
                        + "</ErrorResponse>")
            ]
        ])
        let native = try Native(
            "cloudwatch.probes.get_alarm_state_value", ["alarm_name": "a"], at: aws.url,
            configuration: ["aws_assume_role_arn": "arn:aws:iam::123456789012:role/chaos"])
        let error = await #expect(throws: ExperimentError.self) { try await native.run() }
        #expect(
            error?.message == "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the "
                + "AssumeRole operation: not you")
    }

    private static let assumed = Reply.http(
        200,
        body: """
            <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>
            <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
            <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
            """)
}
