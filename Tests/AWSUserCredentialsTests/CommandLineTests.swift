import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import AWSUserCredentials

private let hasAWS = (try? Command.run("aws", ["--version"]).status) == 0

/// The AWS CLI and this code share a person's files.
@Suite(.enabled(if: hasAWS, "the AWS CLI is not installed")) struct CommandLineTests {
    /// The access key that the AWS CLI gets and signs with; nil when it fails.
    private static func theirKey(_ person: Person, code: String = "") throws -> String? {
        // Without a terminal the AWS CLI reads the code from standard input.
        let words = ["-w", "aws", "sts", "get-caller-identity"]
        let result = try Command.run("setsid", words, input: code, environment: person.environment())
        guard result.status == 0 else { return nil }
        let signature = person.server.requests.last?["Authorization"]?.split(separator: "Credential=").last
        return signature?.split(separator: "/").first.map(String.init)
    }

    private static func stsAnswer(_ request: ServerRequest) -> Reply {
        request.text.contains("Action=AssumeRole&")
            ? Answer.assumedRole()
            : .http(
                200,
                body: """
                    <GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>
                    </GetCallerIdentityResult></GetCallerIdentityResponse>
                    """)
    }

    private static let signIn = """
        [profile p]
        sso_session = corp
        sso_account_id = 123456789012
        sso_role_name = admin
        [sso-session corp]
        sso_start_url = https://start
        sso_region = us-west-2
        """

    private static func signedIn(in folder: URL, seconds: Int) throws -> Person {
        let person = try Person(in: folder, config: signIn) { request in
            switch request.target {
            case "/token": Answer.token("new-token")
            case "/": stsAnswer(request)
            default: Answer.roleCredentials(request["x-amz-sso_bearer_token"] ?? "none")
            }
        }
        let token: JSONObject = [
            "startUrl": "https://start", "region": "us-west-2", "accessToken": "old-token",
            "expiresAt": .string(Timestamp.text(seconds)), "clientId": "client", "clientSecret": "client-secret",
            "refreshToken": "refresh", "registrationExpiresAt": .string(Timestamp.text(99_999)),
        ]
        try person.write(
            JSONValue.object(token).description, to: ".aws/sso/cache/\(Digest.sha1(Array("corp".utf8)).hex).json")
        return person
    }

    @Test(
        "both make the same requests to IAM Identity Center and get the same credentials",
        arguments: [(3_600, "old-token"), (-1, "new-token")])
    func identityCenter(seconds: Int, id: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let (theirs, ours) = (
                try Self.signedIn(in: folder, seconds: seconds), try Self.signedIn(in: folder, seconds: seconds)
            )
            #expect(try Self.theirKey(theirs) == id)
            #expect(try await ours.credentials().credentials().accessKeyID == id)
            let targets = ours.server.requests.map(\.target.count)
            #expect(targets == theirs.server.requests.dropLast().map(\.target.count), "the last one uses them")
        }
    }

    @Test("a sign-in that one has refreshed, the other uses", arguments: [true, false])
    func refreshedToken(isOursFirst: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let person = try Self.signedIn(in: folder, seconds: -1)
            for isOurs in [isOursFirst, !isOursFirst] {
                let id =
                    isOurs
                    ? try await person.credentials().credentials().accessKeyID
                    : try Self.theirKey(person)
                #expect(id == "new-token")
            }
            #expect(person.server.requests.filter { $0.target == "/token" }.count == 1)
        }
    }

    @Test("a session for which one has asked a person, the other finds", arguments: [true, false])
    func sessionWithCode(isOursFirst: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let config = """
                [profile p]
                role_arn = arn:aws:iam::1:role/r
                mfa_serial = arn:aws:iam::1:mfa/me
                external_id = some "one"
                source_profile = k
                [profile k]
                aws_access_key_id = K
                aws_secret_access_key = s
                """
            let person = try Person(in: folder, config: config, answer: Self.stsAnswer)
            if isOursFirst {
                _ = try await person.credentials { _ in "123456" }.credentials()
                #expect(try Self.theirKey(person) == "ROLE")
            } else {
                #expect(try Self.theirKey(person, code: "123456\n") == "ROLE")
                let credentials = try await person.credentials { _ in
                    Issue.record("a person was asked again")
                    return ""
                }.credentials()
                #expect(credentials.accessKeyID == "ROLE")
            }
            let asked = person.server.requests.filter { $0.text.contains("Action=AssumeRole&") }
            #expect(asked.count == 1)
            #expect(asked.first?.text.contains("TokenCode=123456") == true)
        }
    }
}
