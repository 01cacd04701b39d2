import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Transport

@testable import AWSUserCredentials

/// The loop and the HTTP client that the tests of this target share.
enum Loop {
    static let shared = Result { try EventLoop.onOwnThread() }
    static let http = shared.map { HTTPClient(loop: $0, configuration: HTTPClientConfiguration(environment: [:])) }
}

/// A home folder with the files of the AWS CLI, and a scripted AWS.
struct Person {
    let home: URL
    let server: ScriptedServer

    init(in folder: URL, config: String, answer: @escaping @Sendable (ServerRequest) -> Reply) throws {
        home = folder.appending(path: UUID().uuidString)
        server = try ScriptedServer(answer: answer)
        try write(config, to: ".aws/config")
    }

    /// The variables: everything of AWS goes to the scripted server.
    func environment(profile: String = "p") -> [String: String] {
        [
            "HOME": home.path, "AWS_PROFILE": profile, "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ENDPOINT_URL": server.url, "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
        ]
    }

    func write(_ text: String, to path: String) throws {
        let file = home.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func read(_ path: String) throws -> JSONValue {
        try JSONValue(parsing: Array(Data(contentsOf: home.appending(path: path))))
    }

    /// The credentials that this code gets.
    func credentials(
        profile: String = "p", time: TimeSource? = nil,
        askForCode: (@Sendable (String) async throws -> String)? = nil
    ) throws -> UserCredentials {
        let configuration = try AWSConfiguration(
            environment: environment(profile: profile), http: Loop.http.get(),
            time: time ?? .live(Loop.shared.get()))
        return UserCredentials(configuration, loop: try Loop.shared.get(), askForCode: askForCode)
    }
}

extension Timestamp {
    /// A time from now, in the form of the AWS CLI's files.
    static func text(_ seconds: Int) -> String { (now() + .seconds(seconds)).wholeSeconds.iso8601 }
}

/// What IAM Identity Center and STS answer.
enum Answer {
    static func roleCredentials(_ id: String = "SSO") -> Reply {
        let expiration = (Timestamp.now() + .seconds(3_600)).millisecondsSinceEpoch
        return .http(
            200,
            body: """
                {"roleCredentials":{"accessKeyId":"\(id)","secretAccessKey":"sso-secret","sessionToken":"sso-token",\
                "expiration":\(expiration)}}
                """)
    }

    static func token(_ token: String, refreshToken: String = "next-refresh") -> Reply {
        .http(
            200,
            body: """
                {"accessToken":"\(token)","tokenType":"Bearer","expiresIn":3600,"refreshToken":"\(refreshToken)"}
                """)
    }

    static func assumedRole(_ id: String = "ROLE", seconds: Int = 3_600) -> Reply {
        .http(
            200,
            body: """
                <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>\(id)</AccessKeyId>
                <SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-session</SessionToken>
                <Expiration>\(Timestamp.text(seconds))</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
                """)
    }
}
