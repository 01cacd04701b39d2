import AWS
import Basics
import Foundation
import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

@testable import AWSUserCredentials

/// Roles that want a code from a person.
struct MFATests {
    private static let config = """
        [profile p]
        role_arn = arn:aws:iam::1:role/r
        mfa_serial = arn:aws:iam::1:mfa/me
        source_profile = k
        [profile over]
        role_arn = arn:aws:iam::1:role/over
        source_profile = p
        [profile k]
        aws_access_key_id = K
        aws_secret_access_key = s
        """

    /// Whoever asks, and what was asked.
    private final class Asked: Sendable {
        let devices = Mutex<[String]>([])

        @Sendable func code(_ device: String) async throws -> String {
            devices.withLock {
                $0.append(device)
                return "00000\($0.count)"
            }
        }

        var count: Int { devices.withLock { $0.count } }
    }

    private static func person(in folder: URL, seconds: Int = 43_200) throws -> Person {
        try Person(in: folder, config: config) { request in
            let isOuter = request.text.contains("over")
            return Answer.assumedRole(isOuter ? "OVER" : "MFA", seconds: isOuter ? 60 : seconds)
        }
    }

    @Test("the code goes to STS with the device, and nobody is asked again while the session lasts")
    func askedOnce() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let person = try Self.person(in: folder)
            let asked = Asked()
            let credentials = try person.credentials(askForCode: asked.code)
            for _ in 0..<2 { #expect(try await credentials.credentials().accessKeyID == "MFA") }
            #expect(asked.devices.withLock { $0 } == ["arn:aws:iam::1:mfa/me"])
            let request = try #require(person.server.requests.first)
            #expect(request.text.contains("SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme"))
            #expect(request.text.contains("TokenCode=000001"))
            // Another program finds the session in the AWS CLI's cache.
            #expect(try await person.credentials(askForCode: asked.code).credentials().accessKeyID == "MFA")
            #expect(asked.count == 1)
            #expect(person.server.requests.count == 1)
        }
    }

    @Test("the credentials of the first role are kept when those of a later one expire")
    func laterRoleExpires() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let person = try Self.person(in: folder)
            let asked = Asked()
            let credentials = try person.credentials(profile: "over", askForCode: asked.code)
            for _ in 0..<3 { #expect(try await credentials.credentials().accessKeyID == "OVER") }
            #expect(asked.count == 1)
            #expect(person.server.requests.filter { $0.text.contains("over") }.count == 3)
        }
    }

    @Test("a session that a service has rejected, or that ends soon, is asked for anew", arguments: [899, 960])
    func cachedSession(seconds: Int) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let person = try Self.person(in: folder, seconds: seconds)
            let asked = Asked()
            for _ in 0..<2 { _ = try await person.credentials(askForCode: asked.code).credentials() }
            #expect(asked.count == (seconds < 900 ? 2 : 1))
        }
    }

    @Test(arguments: [true, false])
    func whereNobodyCanBeAskedTheErrorSaysSo(isTerminal: Bool) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let person = try Self.person(in: folder)
            let loop = try Loop.shared.get()
            let noTerminal: @Sendable (String) async throws -> String = {
                try await askForCode($0, terminal: "/nowhere/tty", loop)
            }
            let credentials = try person.credentials(askForCode: isTerminal ? noTerminal : nil)
            let error = await #expect(throws: AWSError.self) { try await credentials.credentials() }
            #expect(error?.localCode == .credentialsFailed)
            #expect(
                error?.message.contains("arn:aws:iam::1:mfa/me (mfa_serial)") == true, "\(String(describing: error))")
            #expect(person.server.requests.isEmpty)
        }
    }

    @Test(arguments: [(" 123456 \n", "123456"), ("\n", nil)] as [(String, String?)])
    func theTerminalIsAsked(typed: String, code: String?) async throws {
        var (controller, terminal) = (Int32(0), Int32(0))
        try #require(openpty(&controller, &terminal, nil, nil, nil) == 0)
        defer {
            close(controller)
            close(terminal)
        }
        let name = try #require(ttyname(terminal).map { String(cString: $0) })
        write(controller, typed, typed.utf8.count)
        let loop = try Loop.shared.get()
        if let code {
            let answer = try await askForCode("arn:device", terminal: name, loop)
            #expect(answer == code)
        } else {
            await #expect(throws: AWSError.self) { try await askForCode("arn:device", terminal: name, loop) }
        }
        // The terminal passes on in pieces what was typed and what is shown.
        var shown = ""
        var piece = [UInt8](repeating: 0, count: 256)
        var request = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
        while !shown.contains("Enter MFA code for arn:device: "), poll(&request, 1, 10_000) > 0 {
            let count = read(controller, &piece, piece.count)
            shown += String(decoding: piece.prefix(max(0, count)), as: UTF8.self)
        }
        #expect(shown.contains("Enter MFA code for arn:device: "))
    }

    @Test(
        "files of sessions are named as botocore names them", .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func names() throws {
        let roles = [
            CredentialSource.AssumedRole(roleARN: "arn:aws:iam::1:role/r"),
            .init(
                roleARN: "r", sessionName: "me", externalID: "a\"b\\c/ü😀\n\u{1}\u{7F}", durationSeconds: 900,
                mfaSerial: "m"),
        ]
        let script = """
            from botocore.credentials import AssumeRoleCredentialFetcher as F
            print(F(None, None, "arn:aws:iam::1:role/r", {}, cache={})._cache_key)
            print(F(None, None, "r", {"RoleSessionName": "me", "ExternalId": 'a"b\\\\c/\\u00fc\\U0001f600\\n\\x01\\x7f',
                "DurationSeconds": 900, "SerialNumber": "m"}, cache={})._cache_key)
            """
        let result = try Command.run(Workspace.python, ["-c", script])
        #expect(
            result.output.split(separator: "\n").map(String.init) == roles.map(AssumedRoleFiles.name),
            "\(result.errors)")
    }
}
