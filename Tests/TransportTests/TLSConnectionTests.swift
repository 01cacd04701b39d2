import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@Suite struct TLSConnectionTests {
    /// Connects, does the handshake, and hands the connection to a body.
    private func secure<R: Sendable>(
        _ port: UInt16, name: String = "localhost", _ options: TLSOptions = TLSOptions(), trusting file: String,
        protocols: [String] = [], timeout: Duration = .seconds(30),
        _ body: @Sendable (TLSConnection) async throws -> R
    ) async throws -> R {
        try await withLoop { loop in
            let address = try #require(SocketAddress(ip: "127.0.0.1", port: port))
            let plain = try await TCPConnection.connect(to: address, on: loop)
            let connection = try await TLSConnection.handshake(
                over: plain, serverName: name, options: options, authorities: .paths(file: file, folder: nil),
                applicationProtocols: protocols, timeout: timeout
            )
            defer { connection.close() }
            return try await body(connection)
        }
    }

    private func failure(
        _ port: UInt16, name: String = "localhost", _ options: TLSOptions = TLSOptions(), trusting file: String,
        timeout: Duration = .seconds(30), _ body: @Sendable (TLSConnection) async throws -> Void = { _ in }
    ) async throws -> TransportError {
        let error = await #expect(throws: TransportError.self) {
            try await secure(port, name: name, options, trusting: file, timeout: timeout, body)
        }
        return try #require(error)
    }

    // MARK: Good servers

    @Test(arguments: ["localhost", "localhost.", "127.0.0.1"])
    func readsAndWrites(name: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"), .echo)
            try await secure(server.port, name: name, trusting: certificates.authority) { connection in
                #expect(connection.facts.version == "TLSv1.3")
                #expect(connection.facts.cipher.hasPrefix("TLS_"))
                #expect(connection.facts.verdict == "ok")
                #expect(connection.facts.applicationProtocol == nil)
                #expect(connection.facts.certificate?.serial == "0A1B2C")
                for turn in 0..<10 {
                    try await connection.write(Array("turn \(turn)".utf8))
                    #expect(try await connection.text(count: 6) == "turn \(turn)")
                }
            }
        }
    }

    @Test func movesMoreThanTheBuffersHold() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"), .echo)
            let sent = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await secure(server.port, trusting: certificates.authority) { connection in
                async let writing: Void = connection.write(sent)
                #expect(try await connection.bytes(count: sent.count) == sent)
                try await writing
            }
        }
    }

    @Test func negotiatesAnApplicationProtocol() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(
                certificate: certificates.issue("good"), .echo, protocols: ["http/1.1", "h2"])
            let chosen = try await secure(
                server.port, trusting: certificates.authority, protocols: ["h2", "other"]
            ) { $0.facts.applicationProtocol }
            #expect(chosen == "h2")
        }
    }

    @Test func reportsTheEarliestExpiryOfTheChain() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let alone = try TLSServer(certificate: certificates.issue("alone"), .echo)
            let chain = try TLSServer(certificate: certificates.issue("chain", withChain: true), .echo)
            for (server, isEarlier) in [(alone, false), (chain, true)] {
                let facts = try await secure(server.port, trusting: certificates.authority) { $0.facts.certificate }
                let certificate = try #require(facts)
                #expect((certificate.chainNotAfter < certificate.notAfter) == isEarlier)
            }
        }
    }

    @Test func sendsAClientCertificate() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificates.issue("good")
            let server = try TLSServer(certificate: file, .echo, clientAuthority: certificates.authority)
            let text = Array(try Data(contentsOf: URL(filePath: file)))
            for certificate in [
                ClientCertificate(certificateFile: file, keyFile: file),
                ClientCertificate(certificate: text, key: text),
            ] {
                let options = TLSOptions(clientCertificate: certificate)
                try await secure(server.port, options, trusting: certificates.authority) { connection in
                    try await connection.write([1, 2])
                    #expect(try await connection.bytes(count: 2) == [1, 2])
                }
            }
            // TLS 1.3: the client learns of it when it reads.
            let error = try await failure(server.port, trusting: certificates.authority) { connection in
                try await connection.write([1])
                _ = try await connection.bytes(count: 1)
            }
            #expect([.tlsFailed, .connectionClosed].contains(error.code), "\(error)")
        }
    }

    @Test func upgradesAnOpenConnection() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"), .startTLS)
            let address = try #require(SocketAddress(ip: "127.0.0.1", port: server.port))
            try await withLoop { loop in
                let plain = try await TCPConnection.connect(to: address, on: loop)
                #expect(try await plain.text(count: 11) == "220 ready\r\n")
                try await plain.write(Array("STARTTLS\r\n".utf8))
                #expect(try await plain.text(count: 14) == "220 go ahead\r\n")
                let connection = try await TLSConnection.handshake(
                    over: plain, serverName: "localhost",
                    authorities: .paths(file: certificates.authority, folder: nil)
                )
                try await connection.write(Array("secret".utf8))
                #expect(try await connection.text(count: 6) == "secret")
            }
        }
    }

    // MARK: Bad certificates

    enum Fault: CaseIterable, Sendable {
        case expired, notYetValid, selfSigned, wrongHost, wrongAddress, unknownAuthority
    }

    @Test("a client certificate that cannot be used says which file and why")
    func clientCertificateFaults() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let (one, other) = (try certificates.issue("one"), try certificates.issue("other"))
            try ClientCertificate(certificateFile: one, keyFile: one).check()
            let empty = folder.appending(path: "empty.pem")
            try Data().write(to: empty)
            for (certificate, key, reason) in [
                (folder.path + "/none.pem", one, "none.pem cannot be read: No such file or directory"),
                (one, folder.path + "/none.key", "none.key cannot be read: No such file or directory"),
                (empty.path, one, "empty.pem is no certificate in PEM form"),
                (one, other, "other.pem is no private key in PEM form without a passphrase, or not that of"),
            ] {
                let error = #expect(throws: TransportError.self) {
                    try ClientCertificate(certificateFile: certificate, keyFile: key).check()
                }
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            }
            let texts = try [one, other].map { Array(try Data(contentsOf: URL(filePath: $0))) }
            for (certificate, key, reason) in [
                ([], texts[0], "is no certificate in PEM form"),
                (texts[0], [], "is no private key in PEM form without a passphrase, or not that of"),
                (texts[0], texts[1], "or not that of the certificate"),
            ] {
                let error = #expect(throws: TransportError.self) {
                    try ClientCertificate(certificate: certificate, key: key).check()
                }
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test(arguments: Fault.allCases) func reportsTheCertificateWhetherAcceptedOrNot(fault: Fault) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let other = folder.appending(path: "other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            let (file, verdict) =
                switch fault {
                case .expired: (try certificates.issue("bad", to: "20250201000000Z"), "certificate has expired")
                case .notYetValid:
                    (try certificates.issue("bad", from: "20440101000000Z"), "certificate is not yet valid")
                case .selfSigned: (try certificates.issue("bad", selfSigned: true), "self-signed certificate")
                case .wrongHost: (try certificates.issue("bad", names: "DNS:other.example"), "hostname mismatch")
                case .wrongAddress: (try certificates.issue("bad", names: "IP:127.0.0.2"), "IP address mismatch")
                case .unknownAuthority:
                    (try Certificates(in: other).issue("bad"), "unable to get local issuer certificate")
                }
            let name = fault == .wrongAddress ? "127.0.0.1" : "localhost"
            let server = try TLSServer(certificate: file, .echo)
            let error = try await failure(server.port, name: name, trusting: certificates.authority)
            #expect(error.code == .certificateRejected && error.phase == .tls)
            #expect(error.message == "the certificate of \(name):\(server.port) was rejected: \(verdict)")
            #expect(error.certificate?.serial == "0A1B2C")

            let options = TLSOptions(verifies: false)
            let facts = try await secure(
                server.port, name: name, options, trusting: certificates.authority
            ) { connection in
                try await connection.write([7])
                #expect(try await connection.bytes(count: 1) == [7])
                return connection.facts
            }
            #expect(facts.verdict == verdict)
            #expect(facts.certificate?.serial == "0A1B2C")
            #expect((try #require(facts.certificate).notAfter < .now()) == (fault == .expired))
        }
    }

    // MARK: Bad servers

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n", "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}",
    ])
    func bytesThatAreNotTLSFailTheHandshake(answer: String) async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.read()
            try connection.send(answer)
            try connection.waitForClose()
        })
        let error = try await failure(server.port, trusting: "/etc/ssl/certs/ca-certificates.crt")
        #expect(error.code == .tlsFailed && error.phase == .tls)
        #expect(error.message.hasPrefix("TLS handshake with localhost:\(server.port) failed: "))
    }

    @Test func aStuckHandshakeTimesOut() async throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        let error = try await failure(
            server.port, trusting: "/etc/ssl/certs/ca-certificates.crt", timeout: .milliseconds(30))
        #expect(error.code == .timedOut && error.phase == .tls)
        #expect(error.message == "TLS handshake with localhost:\(server.port) timed out after 30 ms")
    }

    @Test func tricklingBytesDoNotProlongTheHandshake() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.read()
            try connection.send([22, 3, 3, 0x3F, 0xFF])
            while true {
                try connection.send([0])
                usleep(2000)
            }
        })
        let error = try await failure(
            server.port, trusting: "/etc/ssl/certs/ca-certificates.crt", timeout: .milliseconds(60))
        #expect([.timedOut, .tlsFailed].contains(error.code), "\(error)")
    }

    @Test(arguments: [false, true]) func aClosedConnectionSaysSo(resets: Bool) async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.read()
            if resets { connection.resetOnClose() }
        })
        let error = try await failure(server.port, trusting: "/etc/ssl/certs/ca-certificates.crt")
        #expect(error.code == .connectionClosed && error.phase == .tls)
        #expect(error.message.hasPrefix("TLS handshake with localhost:\(server.port) failed: "))
    }

    @Test func aCloseWithoutCloseNotifyIsAnError() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"), .cut)
            let error = try await failure(server.port, trusting: certificates.authority) { connection in
                #expect(try await connection.text(count: 4) == "half")
                _ = try await connection.bytes(count: 1)
            }
            #expect(error.code == .connectionClosed)
        }
    }

    @Test func whatCameBeforeAFailedWriteIsStillRead() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"), .cut)
            try await secure(server.port, trusting: certificates.authority) { connection in
                let error = await #expect(throws: TransportError.self) {
                    for _ in 0..<1_000_000 { try await connection.write([1]) }  // the server reads none of it
                }
                #expect(error?.code == .connectionClosed)
                let received = try await connection.text(count: 4)
                #expect(received == "half")
                await #expect(throws: TransportError.self) { try await connection.write([1]) }
            }
        }
    }

    // MARK: Time and cancellation

    @Test func readingTimesOutAndCanBeCancelled() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let server = try TLSServer(certificate: certificates.issue("good"), .echo)
            try await secure(server.port, trusting: certificates.authority) { connection in
                let error = await #expect(throws: TransportError.self) {
                    try await connection.read(timeout: .milliseconds(10))
                }
                #expect(error?.code == .timedOut)
                let reading = Task { try await connection.read() }
                for _ in 0..<100 { await Task.yield() }
                reading.cancel()
                await #expect(throws: CancellationError.self) { try await reading.value }
                try await connection.write([9])
                #expect(try await connection.bytes(count: 1) == [9])
                connection.close()
                await #expect(throws: TransportError.self) { try await connection.write([1]) }
                await #expect(throws: TransportError.self) { try await connection.read() }
            }
        }
    }

    // MARK: Bad settings

    @Test(arguments: ["", "a\0b"]) func invalidServerNamesAreRefused(name: String) async throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        let error = try await failure(server.port, name: name, trusting: "/etc/ssl/certs/ca-certificates.crt")
        #expect(error.code == .invalidRequest)
    }

    @Test func badFilesAreNamed() async throws {
        let server = try ScriptedServer(connection: { try $0.waitForClose() })
        let bundle = try await failure(server.port, trusting: "/nowhere.pem")
        #expect(bundle.code == .noCertificateAuthorities)
        #expect(bundle.message.contains("/nowhere.pem"))
        let options = TLSOptions(clientCertificate: ClientCertificate(certificateFile: "/no.pem", keyFile: "/no.key"))
        let client = try await failure(server.port, options, trusting: "/etc/ssl/certs/ca-certificates.crt")
        #expect(client.code == .invalidRequest)
        #expect(client.message.hasPrefix("the client certificate cannot be used: "))
    }
}

extension ByteConnection {
    /// Reads exactly this many bytes, or what comes before the end.
    func bytes(count: Int, timeout: Duration? = nil) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try await read(atMost: count - bytes.count, timeout: timeout)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    func text(count: Int) async throws -> String { String(decoding: try await bytes(count: count), as: UTF8.self) }
}
