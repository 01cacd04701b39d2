import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@Suite struct HTTPSTests {
    private func configuration(trusting file: String) -> HTTPClientConfiguration {
        HTTPClientConfiguration(environment: ["SSL_CERT_FILE": file])
    }

    @Test func verifiesAndReportsTheCertificate() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificates.issue(
                "good", subject: "/CN=localhost/O=Tést", names: "DNS:localhost,DNS:*.example.com,IP:127.0.0.1,IP:::1")
            let server = try TLSServer(certificate: file)
            try await withClient(configuration(trusting: certificates.authority)) { client in
                for turn in 0..<2 {
                    let response = try await client.execute(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
                    #expect(response.status == 200)
                    #expect(response.body == Array("secure".utf8))
                    let facts = try #require(response.certificate)
                    #expect(facts.subject.contains("CN=localhost"))
                    #expect(facts.issuer.contains("CN=Test Authority"))
                    #expect(facts.names == ["localhost", "*.example.com", "127.0.0.1", "::1"])
                    #expect(facts.serial == "0A1B2C")
                    #expect(facts.notBefore == Timestamp(microseconds: 1_735_689_600_000_000))
                    #expect(facts.notAfter == Timestamp(microseconds: 2_366_841_600_000_000))
                    #expect((response.timings.tls > .zero) == (turn == 0))
                    #expect((response.timings.connect > .zero) == (turn == 0))
                }
                let again = try await client.execute(
                    HTTPRequest("GET", "https://127.0.0.1:\(server.port)/", usesFreshConnection: true))
                #expect(again.certificate?.serial == "0A1B2C")  // also when the TLS session is resumed
            }
        }
    }

    @Test func aFolderOfAuthoritiesWorksToo() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"))
            let store = folder.appending(path: "store")
            try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
            let copy = store.appending(path: "authority.pem")
            try FileManager.default.copyItem(atPath: certificates.authority, toPath: copy.path)
            try Command.run("openssl", ["rehash", store.path])
            try await withClient(HTTPClientConfiguration(environment: ["SSL_CERT_DIR": store.path])) { client in
                let response = try await client.execute(HTTPRequest("GET", "https://localhost:\(server.port)/"))
                #expect(response.status == 200)
            }
        }
    }

    enum Fault: CaseIterable, Sendable { case expired, notYetValid, selfSigned, wrongHost, unknownAuthority }

    @Test(arguments: Fault.allCases) func rejectsAndStillReportsTheCertificate(fault: Fault) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let (file, reason) =
                switch fault {
                case .expired: (try certificates.issue("bad", to: "20250201000000Z"), "certificate has expired")
                case .notYetValid:
                    (try certificates.issue("bad", from: "20440101000000Z"), "certificate is not yet valid")
                case .selfSigned: (try certificates.issue("bad", selfSigned: true), "self-signed certificate")
                case .wrongHost:
                    (
                        try certificates.issue("bad", names: "DNS:other.example"),
                        "no alternative certificate subject name matches"
                    )
                case .unknownAuthority: (try certificates.issue("bad"), "unable to get local issuer certificate")
                }
            let server = try TLSServer(certificate: file)
            let trusted =
                fault == .unknownAuthority
                ? try Certificates(in: folder.appending(path: "other").created()).authority : certificates.authority
            let error = try await withClient(configuration(trusting: trusted)) { client in
                await #expect(throws: TransportError.self) {
                    try await client.execute(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
                }
            }
            #expect(error?.code == .certificateRejected)
            #expect(error?.phase == .tls)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(error?.message.hasPrefix("the certificate of 127.0.0.1:\(server.port) was rejected: ") == true)
            #expect(error?.certificate?.serial == "0A1B2C")
            if fault == .wrongHost { #expect(error?.certificate?.names == ["other.example"]) }
        }
    }

    @Test func aBundleWithoutCertificatesIsNamed() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"))
            let empty = folder.appending(path: "empty.pem")
            try Data("no certificate here".utf8).write(to: empty)
            let error = try await withClient(configuration(trusting: empty.path)) { client in
                await #expect(throws: TransportError.self) {
                    try await client.execute(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/"))
                }
            }
            #expect(error?.code == .noCertificateAuthorities)
            #expect(error?.message.contains(empty.path) == true)
        }
    }
}

extension URL {
    fileprivate func created() throws -> URL {
        try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true)
        return self
    }
}
