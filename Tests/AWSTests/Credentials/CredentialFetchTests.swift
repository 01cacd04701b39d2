import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import AWS

/// Credential sources behind HTTP, with a scripted endpoint.
struct CredentialFetchTests {
    let clock = TestClock()

    static func document(_ id: String, expires: Timestamp) -> String {
        """
        {"Code":"Success","AccessKeyId":"\(id)","SecretAccessKey":"s","Token":"t","Expiration":"\(expires.iso8601)"}
        """
    }

    func fetch(_ environment: [String: String]) async throws -> AWSCredentials {
        let settings = try AWSSettings(
            environment: environment, files: SharedConfiguration(config: "", credentials: "")
        )
        let fetcher = CredentialFetcher(
            http: try Loop.http.get(), region: "eu-central-1", settings: settings, time: clock.source
        )
        return try await fetcher.fetch()
    }

    @Test func theContainerTokenIsReadForEachRequest() async throws {
        let expiration = clock.now + .seconds(3600)
        let server = try ScriptedServer { _ in .http(200, body: Self.document("ECS", expires: expiration)) }
        try await Workspace.withTemporaryFolder { folder in
            let token = folder.appending(path: "token")
            let environment = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds?x=1",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token.path, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "ignored",
            ]
            for text in ["first", "second"] {
                try text.write(to: token, atomically: true, encoding: .utf8)
                let credentials = try await fetch(environment)
                #expect(credentials.accessKeyID == "ECS" && credentials.expiration == expiration)
                #expect(server.requests.last?["Authorization"] == text)
            }
            #expect(server.requests.first?.target == "/creds?x=1")
            try "bad\nheader".write(to: token, atomically: true, encoding: .utf8)
            await #expect(throws: AWSError.self) { try await fetch(environment) }
            #expect(server.requests.count == 2)
        }
    }

    @Test func containerRequestsAreTriedThreeTimes() async throws {
        let expiration = clock.now + .seconds(3600)
        let server = try ScriptedServer(replies: [
            .http(500, body: "busy", closes: true), .reset, .http(200, body: Self.document("ECS", expires: expiration)),
            .http(500),
            .http(500), .http(404, body: "no role"),
        ])
        let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url]
        #expect(try await fetch(environment).accessKeyID == "ECS")
        #expect(clock.sleeps == [.seconds(1), .seconds(1)])
        let error = await #expect(throws: AWSError.self) { try await fetch(environment) }
        #expect(error?.localCode == .credentialsFailed)
        #expect(error?.message.contains("404: no role") == true, "\(String(describing: error))")
    }

    @Test(
        "credentials of a container that have expired are refused, and the message names their source",
        arguments: [
            (0, false), (1, true),
        ])
    func expiredContainerCredentials(remaining: Int, isTaken: Bool) async throws {
        let expiration = clock.now + .seconds(remaining)
        let server = try ScriptedServer { _ in .http(200, body: Self.document("ECS", expires: expiration)) }
        let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/x"]
        if isTaken {
            #expect(try await fetch(environment).accessKeyID == "ECS")
        } else {
            let error = await #expect(throws: AWSError.self) { try await fetch(environment) }
            #expect(error?.localCode == .credentialsFailed)
            #expect(
                error?.message
                    == "container: \(server.url)/x answered with credentials whose expiry \(expiration) has passed")
        }
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func expiredCredentialsOfTheEnvironmentAreRefused(remaining: Int, areTaken: Bool) async throws {
        let environment = [
            "AWS_ACCESS_KEY_ID": "K", "AWS_SECRET_ACCESS_KEY": "very-secret",
            "AWS_CREDENTIAL_EXPIRATION": (clock.now + .seconds(remaining)).iso8601,
        ]
        if areTaken {
            #expect(try await fetch(environment).accessKeyID == "K")
        } else {
            let error = await #expect(throws: AWSError.self) { try await fetch(environment) }
            #expect(error?.message.hasPrefix("environment: AWS_CREDENTIAL_EXPIRATION ") == true)
            #expect(error?.description.contains("very-secret") == false)
        }
    }

    @Test("an expiry that cannot be read is an error, and not never")
    func unreadableExpiry() async throws {
        let body = #"{"AccessKeyId":"ECS","SecretAccessKey":"very-secret","Token":"t","Expiration":"tomorrow"}"#
        let server = try ScriptedServer { _ in .http(200, body: body) }
        let error = await #expect(throws: AWSError.self) {
            try await fetch(["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
        }
        #expect(error?.message.contains("the expiry \"tomorrow\" is not an ISO 8601 time") == true)
        #expect(error?.description.contains("very-secret") == false)
    }

    @Test(
        "what only a person has is an error in a function, which says what to do",
        arguments: [
            ("credential_process = /bin/tool", "credential_process is not supported here"),
            ("sso_session = s\nsso_account_id = 1\nsso_role_name = r", "sso_session is not supported here"),
            ("sso_start_url = s\nsso_account_id = 1\nsso_role_name = r", "sso_start_url is not supported here"),
            ("login_session = s", "aws configure export-credentials --profile p --format env"),
            (
                "role_arn = arn:r\nmfa_serial = arn:device\ncredential_source = Ec2InstanceMetadata",
                "the role arn:r wants a code of the device arn:device (mfa_serial), which this program cannot ask for"
            ),
        ])
    func sourcesOfPeople(section: String, part: String) async throws {
        let files = SharedConfiguration(config: "[profile p]\n" + section, credentials: "")
        let settings = try AWSSettings(environment: ["AWS_PROFILE": "p"], files: files)
        let fetcher = CredentialFetcher(
            http: try Loop.http.get(), region: "eu-central-1", settings: settings, time: clock.source)
        let error = await #expect(throws: AWSError.self) { try await fetcher.fetch() }
        #expect(error?.localCode == .credentialsFailed)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
    }

    func metadataServer(_ expiration: Timestamp) throws -> ScriptedServer {
        try ScriptedServer { request in
            switch (request.method, request.target) {
            case ("PUT", "/latest/api/token"): .http(200, body: "TOKEN")
            case ("GET", "/latest/meta-data/iam/security-credentials/"): .http(200, body: "my-role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/my-role"):
                .http(200, body: Self.document("EC2", expires: expiration))
            default: .http(404)
            }
        }
    }

    @Test func instanceMetadata() async throws {
        let expiration = clock.now + .seconds(6 * 3600)
        let server = try metadataServer(expiration)
        let credentials = try await fetch(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/"])
        #expect(credentials.accessKeyID == "EC2" && credentials.expiration == expiration)
        #expect(server.requests.map(\.method) == ["PUT", "GET", "GET"])
        #expect(server.requests[0]["X-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(server.requests[1...].allSatisfy { $0["X-aws-ec2-metadata-token"] == "TOKEN" })
    }

    @Test func expiredCredentialsOfTheMetadataServiceAreKeptInUse() async throws {
        let server = try metadataServer(clock.now - .seconds(60))
        let credentials = try await fetch(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        #expect(credentials.expiration == clock.now + .seconds(900 + 360))
    }

    @Test(arguments: [("1", 1), ("4", 4), ("", 2)])
    func theMetadataServiceIsAskedAsOftenAsTheSettingsSay(attempts: String, requests: Int) async throws {
        let server = try ScriptedServer { _ in .http(500) }
        await #expect(throws: AWSError.self) {
            try await fetch([
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_METADATA_SERVICE_NUM_ATTEMPTS": attempts,
            ])
        }
        #expect(server.requests.count == requests)
    }

    @Test(arguments: ["AWS_METADATA_SERVICE_NUM_ATTEMPTS", "AWS_METADATA_SERVICE_TIMEOUT"], ["0", "601", "x"])
    func wrongSettingsOfTheMetadataServiceAreNamed(variable: String, value: String) async {
        let error = await #expect(throws: AWSError.self) { try await fetch([variable: value]) }
        #expect(error?.message.contains(variable) == true, "\(String(describing: error))")
        #expect(error?.message.contains("is \"\(value)\": give 1 to 600") == true)
    }

    @Test func theErrorListsEverySource() async throws {
        let server = try ScriptedServer { _ in .http(404, body: "not here") }
        let error = await #expect(throws: AWSError.self) {
            try await fetch(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        }
        #expect(server.requests.count == 2, "one retry")
        #expect(error?.localCode == .noCredentials)
        let message = error?.message ?? ""
        for part in [
            "environment:", "profile default: not in the shared files", "web identity:", "container:",
            "instance metadata: PUT \(server.url)/latest/api/token answered 404: not here",
        ] {
            #expect(message.contains(part), "\(message)")
        }
    }
}

/// Roles, assumed by moto's STS.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct RoleTests {
    @Test func rolesAreAssumedThroughAChain() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let config = folder.appending(path: "config")
            try """
            [profile outer]
            role_arn = arn:aws:iam::123456789012:role/outer
            source_profile = inner
            [profile inner]
            role_arn = arn:aws:iam::123456789012:role/inner
            source_profile = keys
            external_id = external
            duration_seconds = 900
            [profile keys]
            aws_access_key_id = AKIAIOSFODNN7EXAMPLE
            aws_secret_access_key = secret
            """.write(to: config, atomically: true, encoding: .utf8)
            var environment = try MotoServer.shared.get().environment
            environment["AWS_ACCESS_KEY_ID"] = nil
            environment["AWS_CONFIG_FILE"] = config.path
            environment["AWS_PROFILE"] = "outer"
            let configuration = try AWSConfiguration(
                environment: environment, http: Loop.http.get(), time: .live(Loop.shared.get())
            )
            let identity = try await AWSClient(.sts, configuration: configuration).call("GetCallerIdentity")
            #expect(identity["Arn"]?.stringValue?.contains("assumed-role/outer/tocsin-") == true, "\(identity)")
        }
    }

    @Test func webIdentityTokensComeFromTheFileUnsigned() async throws {
        let server = try ScriptedServer(replies: [
            .http(
                200,
                body: """
                    <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
                    <AccessKeyId>WEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
                    <Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
                    </AssumeRoleWithWebIdentityResponse>
                    """)
        ])
        try await Workspace.withTemporaryFolder { folder in
            let token = folder.appending(path: "token")
            try "the-token\n".write(to: token, atomically: true, encoding: .utf8)
            let configuration = try AWSConfiguration(
                environment: [
                    "AWS_WEB_IDENTITY_TOKEN_FILE": token.path, "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
                    "AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": server.url,
                ],
                http: Loop.http.get(), time: .live(Loop.shared.get())
            )
            let credentials = try await configuration.credentials.credentials()
            #expect(credentials.accessKeyID == "WEB" && credentials.sessionToken == "t")
            let request = try #require(server.requests.first)
            #expect(request["Authorization"] == nil)
            #expect(
                request.text.contains("WebIdentityToken=the-token&")
                    || request.text.hasSuffix("WebIdentityToken=the-token"))
        }
    }
}
