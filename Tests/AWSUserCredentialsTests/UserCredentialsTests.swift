import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import AWSUserCredentials

struct UserCredentialsTests {
    @Test("keys in the environment count unless the caller chose the profile")
    func profile() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let config = "[profile p]\naws_access_key_id = PROFILE\naws_secret_access_key = s"
            let person = try Person(in: folder, config: config) { _ in .http(500) }
            var environment = person.environment(profile: "other")
            environment["AWS_ACCESS_KEY_ID"] = "ENV"
            environment["AWS_SECRET_ACCESS_KEY"] = "s"
            let loop = try Loop.shared.get()
            let chosen = try AWSConfiguration.ofUser(environment: environment, profile: "p", loop: loop)
            #expect(try await chosen.credentials.credentials().accessKeyID == "PROFILE")
            environment["AWS_PROFILE"] = "p"
            let named = try AWSConfiguration.ofUser(environment: environment, loop: loop)
            #expect(try await named.credentials.credentials().accessKeyID == "ENV")
        }
    }

    @Test("a command's standard error is shown and its standard output is not")
    func failingCommand() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let command = #"/bin/sh -c "echo very-secret; echo 'no such user' >&2; exit 7""#
            let person = try Person(in: folder, config: "[profile p]\ncredential_process = \(command)") { _ in
                .http(500)
            }
            let error = await #expect(throws: AWSError.self) { try await person.credentials().credentials() }
            #expect(error?.message == "profile p: credential_process: /bin/sh ended with 7: no such user")
            #expect(error?.description.contains("very-secret") == false)
        }
    }

    @Test("a command that does not end is ended at its time limit")
    func endlessCommand() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let config = "[profile p]\ncredential_process = sleep 600"
            let person = try Person(in: folder, config: config) { _ in .http(500) }
            var process = CredentialProcess(
                profile: "p", settings: try AWSSettings(environment: person.environment()),
                time: TestClock().source, loop: try Loop.shared.get())
            process.timeout = .milliseconds(100)
            let error = await #expect(throws: AWSError.self) { try await process.fetch() }
            #expect(error?.message == "profile p: credential_process: sleep did not end within 100 ms")
        }
    }

    @Test("a command's credentials are kept until they expire, and it is run again then")
    func renewedCommand() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let clock = TestClock()
            let person = try Person(in: folder, config: "") { _ in .http(500) }
            let tool = person.home.appending(path: "tool")
            let count = person.home.appending(path: "count").path
            let expiration = (clock.now + .seconds(3_600)).iso8601
            try person.write(
                """
                echo >> \(count)
                echo '{"Version":1,"AccessKeyId":"T","SecretAccessKey":"s","Expiration":"\(expiration)"}'
                """, to: "tool")
            try person.write("[profile p]\ncredential_process = /bin/sh \(tool.path)", to: ".aws/config")
            let credentials = try person.credentials(time: clock.source)
            func runs() throws -> Int { try Data(contentsOf: URL(filePath: count)).count }
            for _ in 0..<2 { _ = try await credentials.credentials() }
            #expect(try runs() == 1)
            clock.advance(.seconds(3_001))
            _ = try await credentials.credentials()
            #expect(try runs() == 2)
        }
    }
}

struct PrivateFileTests {
    @Test(arguments: [
        ("2026-01-02T03:04:05Z", true), ("2026-01-02T03:04:05UTC", true), ("2026-01-02T03:04:05+00:00", true),
        ("2026-01-02T03:04:05CET", false), ("UTC", false), ("", false),
    ])
    func expiriesAreReadInTheFormsThatTheAWSCLIHasWritten(text: String, isRead: Bool) {
        let expected = Timestamp(iso8601: "2026-01-02T03:04:05Z")
        #expect((try? AWSCredentials.cliExpiration(text)) == (isRead ? expected : nil))
    }

    @Test("a file is replaced in one step, for its owner alone, in folders that are made when missing")
    func write() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "a/b/c.json").path
            let file = PrivateFile(path: path)
            #expect(file.read() == nil)
            for text in ["one", String(repeating: "x", count: 100_000)] {
                try file.write(["key": .string(text)])
                #expect(file.read()?["key"] == .string(text))
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let folderAttributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "a").path)
            #expect(folderAttributes[.posixPermissions] as? Int == 0o700)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "a/b").path) == ["c.json"])
        }
    }

    @Test("a folder that cannot be made is an error, and what was there stays")
    func cannotWrite() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try Data("x".utf8).write(to: file)
            #expect(throws: SystemError.self) { try PrivateFile(path: file.path + "/b/c.json").write([:]) }
            #expect(throws: SystemError.self) { try PrivateFile(path: "/proc/nowhere/c.json").write([:]) }
            #expect(try String(contentsOf: file, encoding: .utf8) == "x")
        }
    }
}
