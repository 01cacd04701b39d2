import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// The certificate's expiration is observed whether it is valid or not.
///
/// An invalid one fails the check unless `insecure`.
@Suite struct CertificateCheckTests {
    enum Certificate: CaseIterable, Sendable {
        case valid, expired, selfSigned, wrongHost

        func file(_ certificates: Certificates) throws -> String {
            switch self {
            case .valid: try certificates.issue("server")
            case .expired: try certificates.issue("server", to: "20250201000000Z")
            case .selfSigned: try certificates.issue("server", selfSigned: true)
            case .wrongHost: try certificates.issue("server", names: "DNS:other.example")
            }
        }

        var reason: String {
            switch self {
            case .valid: ""
            case .expired: "expired"
            case .selfSigned: "self-signed"
            case .wrongHost: "it is for another "
            }
        }
    }

    enum Way: Sendable {
        case https, tls, smtp, imap, pop3, secureWebSocket

        /// A server and the target of it.
        func serve(_ certificate: String) throws -> (server: any Sendable, target: CheckTarget) {
            func server(_ kind: ProtocolServer.Kind) throws -> ProtocolServer {
                try ProtocolServer(kind, certificate: certificate)
            }
            switch self {
            case .https:
                let server = try TLSServer(certificate: certificate)
                return (server, .http(url: "https://127.0.0.1:\(server.port)/"))
            case .tls:
                let server = try server(.tlsEcho)
                return (server, .tls(host: "127.0.0.1", port: server.port))
            case .smtp, .imap, .pop3:
                let server = try server(self == .smtp ? .smtp : self == .imap ? .imap : .pop3)
                return (server, .startTLS(host: "127.0.0.1", port: server.port))
            case .secureWebSocket:
                let server = try server(.secureWebSocket)
                return (server, .webSocket(url: "wss://127.0.0.1:\(server.port)/chat"))
            }
        }
    }

    @Test(arguments: Certificate.allCases) func expirationIsAlwaysObserved(certificate: Certificate) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificate.file(certificates)
            for way in [Way.https, .tls, .smtp, .secureWebSocket] {
                let (server, target) = try way.serve(file)
                defer { withExtendedLifetime(server) {} }
                try await CheckBench.run(trusting: certificates.authority) { bench in
                    let verified = await bench.observe(try .of(target))
                    #expect(verified.isConnected == (certificate == .valid))
                    #expect(verified.errors.count == (certificate == .valid ? 0 : 1), "\(verified.errors)")
                    #expect(verified.errors.allSatisfy { $0.contains(certificate.reason) }, "\(verified.errors)")
                    let insecure = await bench.observe(try .of(target) { $0.client.isInsecure = true })
                    #expect(insecure.isConnected && insecure.errors == [], "\(insecure.errors)")
                    for observation in [verified, insecure] {
                        let expiry = try #require(observation.certificateExpiration, "\(way)")
                        #expect(certificate == .expired ? expiry < .zero : expiry > .seconds(86_400 * 365))
                        #expect(observation.certificate?.serial == "0A1B2C")
                    }
                }
            }
        }
    }

    @Test func tlsSendsTheBodyAndReadsTheFirstPart() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let (server, target) = try Way.tls.serve(certificates.issue("server"))
            defer { withExtendedLifetime(server) {} }
            let observation = try await CheckBench.run(trusting: certificates.authority) {
                await $0.observe(try .of(target) { $0.body = "hello" })
            }
            #expect(observation.body == Array("echo:hello".utf8))
            #expect(observation.timings.tls > .zero)
        }
    }

    @Test func sendsTheClientCertificate() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificates.issue("server")
            let own = try certificates.issue("client", subject: "/CN=checker", names: "DNS:checker")
            let server = try ProtocolServer(.mutualTLSEcho, certificate: file, authority: certificates.authority)
            try await CheckBench.run(trusting: certificates.authority) { bench in
                for (certificate, connects) in [(own, true), (nil, false)] {
                    let observation = await bench.observe(
                        try .of(.tls(host: "127.0.0.1", port: server.port)) {
                            $0.body = "who am I"
                            $0.client.certificate = certificate.map { .init(certificateFile: $0, privateKeyFile: $0) }
                        })
                    // In TLS 1.3 the server's refusal comes after the handshake, in the place of an answer.
                    #expect((observation.errors == []) == connects, "\(observation.errors)")
                    #expect(observation.body == (connects ? Array("echo:who am I".utf8) : []))
                }
            }
        }
    }

    @Test(arguments: [(UInt16(25), MailProtocol.smtp), (587, .smtp), (143, .imap), (110, .pop3)])
    func thePortSelectsTheMailProtocol(port: UInt16, mailProtocol: MailProtocol) {
        #expect(MailProtocol(port: port) == mailProtocol)
    }

    @Test(arguments: [(Way.imap, MailProtocol.imap), (.pop3, .pop3)])
    func otherMailProtocolsStartTLSToo(way: Way, mailProtocol: MailProtocol) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let (server, target) = try way.serve(certificates.issue("server"))
            defer { withExtendedLifetime(server) {} }
            try await CheckBench.run(trusting: certificates.authority) { bench in
                let check = Check(endpoint: try .of(target), budget: TimeBudget(.seconds(30)))
                let observation = try await withTaskExecutorPreference(bench.checker.loop) {
                    var observation = Observation()
                    try await bench.checker.checkStartTLS(mailProtocol, check, &observation)
                    return observation
                }
                #expect(observation.isConnected && observation.certificate?.serial == "0A1B2C")
            }
        }
    }

    @Test(arguments: [
        (ProtocolServer.Kind.smtpWithoutTLS, "refused at STARTTLS: \"500 what?\""), (.smtpInjected, "before TLS began"),
        (.pop3, "refused at its greeting: \"+OK ready\""),
    ])
    func aServerWithoutSTARTTLSIsReported(kind: ProtocolServer.Kind, reason: String) async throws {
        let server = try ProtocolServer(kind)
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.startTLS(host: "127.0.0.1", port: server.port)))
        }
        #expect(!observation.isConnected && observation.errors.count == 1)
        #expect(observation.errors[0].contains(reason), "\(observation.errors)")
    }
}
