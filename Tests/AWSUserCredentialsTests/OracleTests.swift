import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import AWSUserCredentials

/// The same files and the same scripted AWS for botocore and for this code: both make the same requests, get the same
/// credentials and leave the same files behind, or both fail.
@Suite(.enabled(if: Workspace.hasPython, "the oracle is botocore: run ./build.sh setup"))
struct CredentialOracleTests {
    /// A person's files.
    private struct Case: Sendable {
        var name: String
        var profile = ""
        /// The sign-in session's section.
        var session = "[sso-session corp]\nsso_start_url = https://start\nsso_region = us-west-2"
        /// The AWS CLI's token of the sign-in, and when it expires in seconds from now.
        var token: (expires: Int, registration: Int?)?
        /// What a file in the person's home, beside the AWS CLI's, has in it: `tool`.
        var tool = ""
        /// The access key that both get; nil when both fail.
        var result: String?
        /// The requests that both make.
        var requests: [String] = []
        /// Answers `POST /token`; the rest is always answered alike.
        var refusesRefresh = false
        var refusesToken = false
    }

    private static let keys = "sso_account_id = 123456789012\nsso_role_name = admin"
    private static let sessionKeys = "sso_session = corp\n" + keys
    private static let urlKeys = "sso_start_url = https://start\nsso_region = us-west-2\n" + keys
    private static let role = "GET /federation/credentials"
    private static let refresh = "POST /token"
    private static let assume = "POST /"

    private static let cases: [Case] = [
        Case(name: "token", profile: sessionKeys, token: (3_600, 9_999), result: "old-token", requests: [role]),
        Case(name: "16 minutes", profile: sessionKeys, token: (960, 9_999), result: "old-token", requests: [role]),
        Case(
            name: "14 minutes", profile: sessionKeys, token: (840, 9_999), result: "new-token",
            requests: [refresh, role]),
        Case(
            name: "expired", profile: sessionKeys, token: (-60, 9_999), result: "new-token", requests: [refresh, role]),
        Case(
            name: "14 minutes, not refreshed", profile: sessionKeys, token: (840, 9_999), result: "old-token",
            requests: [refresh, role], refusesRefresh: true),
        Case(
            name: "expired, not refreshed", profile: sessionKeys, token: (-60, 9_999), requests: [refresh],
            refusesRefresh: true),
        Case(name: "registration over", profile: sessionKeys, token: (-60, -10)),
        Case(
            name: "registration over, 14 minutes", profile: sessionKeys, token: (840, -10), result: "old-token",
            requests: [role]),
        Case(name: "no registration", profile: sessionKeys, token: (-60, nil)),
        Case(name: "not signed in", profile: sessionKeys),
        Case(name: "refused", profile: sessionKeys, token: (3_600, 9_999), requests: [role], refusesToken: true),
        Case(name: "no such session", profile: "sso_session = other\n" + keys, token: (3_600, 9_999)),
        Case(name: "contradiction", profile: sessionKeys + "\nsso_region = eu-west-1", token: (3_600, 9_999)),
        Case(
            name: "same twice", profile: sessionKeys + "\nsso_region = us-west-2", token: (3_600, 9_999),
            result: "old-token", requests: [role]),
        Case(name: "no role name", profile: "sso_session = corp\nsso_account_id = 1", token: (3_600, 9_999)),
        Case(name: "only a token", profile: "sso_session = corp", token: (3_600, 9_999)),
        Case(name: "start URL", profile: urlKeys, token: (3_600, nil), result: "old-token", requests: [role]),
        Case(name: "start URL, 1 minute", profile: urlKeys, token: (60, 9_999), result: "old-token", requests: [role]),
        Case(name: "start URL, expired", profile: urlKeys, token: (-1, 9_999)),
        Case(
            name: "role over sign-in",
            profile: "role_arn = arn:aws:iam::1:role/r\nsource_profile = q\n[profile q]\n" + sessionKeys,
            token: (3_600, 9_999), result: "ROLE", requests: [role, assume]),
        Case(
            name: "role over role over command",
            profile: """
                role_arn = arn:aws:iam::1:role/outer
                source_profile = q
                [profile q]
                role_arn = arn:aws:iam::1:role/inner
                source_profile = r
                [profile r]
                credential_process = TOOL
                """,
            tool: #"echo '{"Version":1,"AccessKeyId":"TOOL","SecretAccessKey":"s"}'"#, result: "ROLE",
            requests: [assume, assume]),
        Case(
            name: "MFA",
            profile:
                "role_arn = arn:aws:iam::1:role/r\nmfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = k\n[profile k]\naws_access_key_id = K\naws_secret_access_key = s",
            result: "ROLE", requests: [assume]),
        Case(
            name: "command", profile: "credential_process = TOOL 'one word' \"x\"",
            tool:
                #"echo "{\"Version\":1,\"AccessKeyId\":\"$1|$2|$#\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}""#,
            result: "one word|x|2"),
        Case(
            name: "command, expires", profile: "credential_process = TOOL",
            tool:
                #"date -u -d '+1 hour' '+{"Version":1,"AccessKeyId":"T","SecretAccessKey":"s","SessionToken":"t","Expiration":"%Y-%m-%dT%H:%M:%SZ"}'"#,
            result: "T"),
        Case(
            name: "command, expired", profile: "credential_process = TOOL",
            tool:
                #"echo '{"Version":1,"AccessKeyId":"T","SecretAccessKey":"s","SessionToken":"t","Expiration":"2020-01-01T00:00:00Z"}'"#
        ),
        Case(
            name: "command fails", profile: "credential_process = TOOL",
            tool: #"echo '{"Version":1,"AccessKeyId":"T","SecretAccessKey":"s"}'; exit 1"#),
        Case(name: "command, no JSON", profile: "credential_process = TOOL", tool: "echo hello"),
        Case(
            name: "command, version 2", profile: "credential_process = TOOL",
            tool: #"echo '{"Version":2,"AccessKeyId":"T","SecretAccessKey":"s"}'"#),
        Case(
            name: "command, no secret", profile: "credential_process = TOOL",
            tool: #"echo '{"Version":1,"AccessKeyId":"T"}'"#),
        Case(name: "no such command", profile: "credential_process = /nowhere/tool"),
        Case(name: "open quote", profile: "credential_process = TOOL 'x", tool: "echo"),
        Case(
            name: "keys after command",
            profile: "credential_process = TOOL\naws_access_key_id = K\naws_secret_access_key = s",
            tool: #"echo '{"Version":1,"AccessKeyId":"TOOL","SecretAccessKey":"s"}'"#, result: "TOOL"),
    ]

    private static func person(_ test: Case, in folder: URL) throws -> Person {
        let person = try Person(in: folder, config: "") { [test] request in
            switch request.target {
            case "/token":
                test.refusesRefresh ? .http(400, body: #"{"error":"invalid_grant"}"#) : Answer.token("new-token")
            case "/": Answer.assumedRole()
            default:
                test.refusesToken
                    ? .http(401, headers: [("x-amzn-errortype", "UnauthorizedException")], body: "{}")
                    : Answer.roleCredentials(request["x-amz-sso_bearer_token"] ?? "none")
            }
        }
        let tool = person.home.appending(path: "tool").path
        let profile = test.profile.replacingOccurrences(of: "TOOL", with: tool)
        try person.write("[profile p]\n\(profile)\n\(test.session)\n", to: ".aws/config")
        try person.write("#!/bin/sh\n\(test.tool)\n", to: "tool")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: tool)
        guard let token = test.token else { return person }
        var document: JSONObject = [
            "startUrl": "https://start", "region": "us-west-2", "accessToken": "old-token",
            "expiresAt": .string(Timestamp.text(token.expires)),
        ]
        if let registration = token.registration {
            document["clientId"] = "client"
            document["clientSecret"] = "client-secret"
            document["refreshToken"] = "refresh"
            document["registrationExpiresAt"] = .string(Timestamp.text(registration))
        }
        let name = Digest.sha1(Array((profile.contains("sso_session") ? "corp" : "https://start").utf8)).hex
        try person.write(JSONValue.object(document).description, to: ".aws/sso/cache/\(name).json")
        return person
    }

    @Test("makes botocore's requests, gets its credentials and leaves its files behind, or fails as well")
    func likeBotocore() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let theirs = try Self.cases.map { try Self.person($0, in: folder) }
            let input = JSONValue.array(
                theirs.map { .object(JSONObject($0.environment().map { ($0.key, .string($0.value)) })) })
            let script = Workspace.root.appending(path: "Tools/aws-oracle/credentials.py").path
            let output = try Command.run(Workspace.python, [script], input: input.description)
            let expected = try #require(JSONValue(parsing: output.output).arrayValue, "\(output.errors)")
            #expect(expected.count == Self.cases.count)
            for ((test, botocore), expected) in zip(zip(Self.cases, theirs), expected) {
                let person = try Self.person(test, in: folder)
                let result = await Self.result(of: person)
                let theirKey = expected["credentials"]?["accessKeyID"]?.stringValue
                #expect(theirKey == test.result, "\(test.name): botocore: \(expected)")
                switch result {
                case .success(let credentials):
                    #expect(credentials.accessKeyID == test.result, "\(test.name)")
                    #expect(credentials.secretAccessKey == expected["credentials"]?["secretAccessKey"]?.stringValue)
                    #expect(credentials.sessionToken == expected["credentials"]?["sessionToken"]?.stringValue)
                case .failure(let error):
                    #expect(test.result == nil, "\(test.name): \(error)")
                    #expect(Self.secrets.filter("\(error)".contains) == [], "\(test.name): \(error)")
                    #expect(error is AWSError, "\(test.name): \(error)")
                }
                #expect(Self.summary(person) == test.requests, "\(test.name)")
                #expect(Self.requests(person) == Self.requests(botocore), "\(test.name)")
                try Self.compareFiles(person, botocore, test.name)
            }
        }
    }

    private static func result(of person: Person) async -> Result<AWSCredentials, any Error> {
        do {
            return .success(try await person.credentials { _ in "123456" }.credentials())
        } catch {
            return .failure(error)
        }
    }

    private static let secrets = [
        "old-token", "new-token", "client-secret", "next-refresh", "sso-secret", "sso-token", "role-secret",
        "role-session", "\"s\"", "123456&",
    ]

    private static func summary(_ person: Person) -> [String] {
        person.server.requests.map { "\($0.method) \($0.target.prefix { $0 != "?" })" }
    }

    /// What matters of the requests: not the date, the signature and the default name of a role's session.
    private static func requests(_ person: Person) -> [String] {
        person.server.requests.map { request in
            let parts = request.target.split(separator: "?", maxSplits: 1)
            let query = parts.count > 1 ? parts[1].split(separator: "&").sorted().joined(separator: "&") : ""
            let body =
                request.text.hasPrefix("{")
                ? ((try? JSONValue(parsing: request.text).serialized(.sortedKeys)) ?? []).map { $0 }
                : Array(
                    request.text.split(separator: "&").filter { !$0.hasPrefix("RoleSessionName=") }.sorted()
                        .joined(separator: "&").utf8)
            let signer = request["Authorization"]?.split(separator: "/").first.map(String.init) ?? "unsigned"
            return "\(request.method) \(parts[0])?\(query) \(request["x-amz-sso_bearer_token"] ?? "") \(signer) "
                + String(decoding: body, as: UTF8.self)
        }
    }

    private static func compareFiles(_ person: Person, _ botocore: Person, _ name: String) throws {
        for folder in [".aws/sso/cache", ".aws/cli/cache"] {
            let place = person.home.appending(path: folder).path
            let files = ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted()
            // botocore also keeps the roles for which nobody was asked.
            if name == "MFA" || folder.contains("sso") {
                let theirs = botocore.home.appending(path: folder).path
                #expect(
                    files == ((try? FileManager.default.contentsOfDirectory(atPath: theirs)) ?? []).sorted(), "\(name)")
            }
            for file in files {
                let (ours, theirs) = (try person.read("\(folder)/\(file)"), try botocore.read("\(folder)/\(file)"))
                for (key, value) in ours.objectValue ?? [:]
                where !["expiresAt", "registrationExpiresAt", "Credentials"].contains(key) {
                    #expect(theirs[key] == value, "\(name): \(key)")
                }
                let mode = try FileManager.default.attributesOfItem(atPath: "\(place)/\(file)")[.posixPermissions]
                if ours["accessToken"] != "old-token" { #expect(mode as? Int == 0o600, "\(name)") }
            }
        }
    }
}
