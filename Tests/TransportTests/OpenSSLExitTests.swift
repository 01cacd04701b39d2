import Basics
import COpenSSL
import Glibc
import Testing

@testable import Transport

/// Whatever sets up OpenSSL first, exit() must not free what it holds for each thread.
///
/// Programs call exit() while threads of event loops and of Swift's pool still run. A thread that ends at the same time
/// frees the same: "double free or corruption".
@Suite struct OpenSSLExitTests {
    /// Ends the process as programs do; with 3 when exit() makes OpenSSL free everything.
    private static func end() -> Never {
        OPENSSL_atexit { _exit(3) }
        exit(EXIT_SUCCESS)
    }

    @Test func digest() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .exitCode(0)) {
            _ = Digest.sha256Hex("")
            Self.end()
        }
    }

    @Test func hmac() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .exitCode(0)) {
            _ = Digest.hmac(key: [], "")
            Self.end()
        }
    }

    @Test func libcurl() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .exitCode(0)) {
            _ = try CurlEasy()
            Self.end()
        }
    }

    @Test func certificateStore() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .exitCode(0)) {
            _ = try CertificateStore.shared(.paths(file: nil, folder: "/"))
            Self.end()
        }
    }

    @Test func clientCertificate() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .exitCode(0)) {
            try? ClientCertificate(certificate: [], key: []).check()
            Self.end()
        }
    }

    @Test func unverifiedConnection() async throws {
        try await requireNoEndedChild()
        await #expect(processExitsWith: .exitCode(0)) {
            _ = try TLSSession(
                serverName: "localhost", TLSOptions(verifies: false), .missing(""), applicationProtocols: [])
            Self.end()
        }
    }
}
