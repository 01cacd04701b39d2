import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

/// Options of a request that override its client's.
@Suite struct HTTPRequestOptionsTests {
    private func execute(
        _ request: HTTPRequest, _ configuration: HTTPClientConfiguration = HTTPClientConfiguration(),
        _ change: (inout HTTPRequest) -> Void
    ) async throws -> HTTPResponse {
        var request = request
        change(&request)
        let changed = request
        return try await withClient(configuration) { try await $0.execute(changed) }
    }

    // MARK: The body's limit

    @Test(arguments: [(11, false), (10, false), (9, true), (1, true), (0, true)])
    func cutsTheBodyOff(limit: Int, isCutOff: Bool) async throws {
        let replies: [Reply] = [.http(200, body: "0123456789"), .chunked(200, chunks: ["01234", "56789"])]
        for reply in replies {
            let server = try ScriptedServer { _ in reply }
            let response = try await execute(HTTPRequest("GET", server.url, maximumResponseBytes: limit)) {
                $0.cutsOffBody = true
            }
            #expect(response.status == 200)
            #expect(response.body == Array("0123456789".utf8.prefix(limit)))
            #expect(response.bodyIsCutOff == isCutOff)
        }
    }

    @Test func anEndlessBodyEndsAtItsLimit() async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\n\r\n")
            while true { try connection.send([UInt8](repeating: 65, count: 4096)) }
        })
        let response = try await execute(HTTPRequest("GET", server.url, maximumResponseBytes: 100_000)) {
            $0.cutsOffBody = true
        }
        #expect(response.body.count == 100_000 && response.bodyIsCutOff)
    }

    // MARK: Facts

    @Test(arguments: ["1.0", "1.1"]) func reportsAddressAndVersion(version: String) async throws {
        let server = try ScriptedServer(connection: { connection in
            _ = try connection.readRequest()
            try connection.send("HTTP/\(version) 200 OK\r\nContent-Length: 0\r\n\r\n")
        })
        let response = try await execute(HTTPRequest("GET", "http://localhost:\(server.port)/")) { _ in }
        #expect(response.version == version)
        #expect(response.ip == "127.0.0.1")
        #expect(response.redirects == 0)
    }

    @Test func totalsIncludeRedirects() async throws {
        let server = try ScriptedServer { request in
            switch request.target {
            case "/": .http(302, headers: [("Location", "a")], body: "this body is thrown away")
            case "/a":
                .http(
                    301, headers: [("Location", "//localhost:\(request["Host"]?.split(separator: ":").last ?? "")/b")])
            default: .http(200, body: "end")
            }
        }
        let response = try await execute(HTTPRequest("GET", server.url + "/", maximumRedirects: 2)) { _ in }
        #expect(response.body == Array("end".utf8) && response.redirects == 2)
        #expect(response.url == "http://localhost:\(server.port)/b")
        #expect(response.timings.total > response.timings.firstByte)
        #expect(server.requests.map(\.target) == ["/", "/a", "/b"])
        #expect(server.connectionCount == 2, "the same host is asked on the same connection")
    }

    @Test func redirectsWorkWhenStreaming() async throws {
        let server = try ScriptedServer { request in
            request.target == "/" ? .http(302, headers: [("Location", "/a")], body: "no") : .http(200, body: "streamed")
        }
        let text = try await withClient { client in
            try await client.withResponse(to: HTTPRequest("GET", server.url, maximumRedirects: 1)) { response, body in
                var bytes: [UInt8] = []
                while let piece = try await body.next() { bytes += piece }
                return "\(response.status) " + String(decoding: bytes, as: UTF8.self)
            }
        }
        #expect(text == "200 streamed")
    }

    @Test func aBodyStreamCannotBeRepeated() async throws {
        let server = try ScriptedServer { _ in .http(307, headers: [("Location", "/a")]) }
        let body = HTTPBody.stream(length: nil) { nil }
        let error = try await withClient { client in
            await #expect(throws: TransportError.self) {
                try await client.execute(HTTPRequest("POST", server.url, body: body, maximumRedirects: 1))
            }
        }
        #expect(error?.code == .invalidRequest)
    }

    // MARK: Names and proxies

    @Test func asksOtherNameServersAndFamilies() async throws {
        let wrong = try NameServer(["a.test": .addresses(["192.0.2.1"])])
        let right = try NameServer(["a.test": .addresses(["127.0.0.1", "::1"])])
        let server = try ScriptedServer { _ in .http(200) }
        var configuration = HTTPClientConfiguration()
        configuration.nameServers = [try wrong.address]
        let address = try right.address
        let response = try await execute(HTTPRequest("GET", "http://a.test:\(server.port)"), configuration) {
            $0.nameServers = [address]
            $0.addressFamily = .ipv4
        }
        #expect(response.status == 200)
        #expect(wrong.questions.isEmpty)
        #expect(right.questions.map(\.type) == [1], "only IPv4 addresses are asked for")
    }

    @Test func aFamilyWithoutAddressIsAnError() async throws {
        let error = await #expect(throws: TransportError.self) {
            try await execute(HTTPRequest("GET", "http://127.0.0.1:1/")) { $0.addressFamily = .ipv6 }
        }
        #expect(error?.code == .nameNotResolved)
    }

    @Test func namesAreRememberedForKeptConnectionsOnly() async throws {
        let names = try NameServer(["a.test": .addresses(["127.0.0.1"])])
        let server = try ScriptedServer { _ in .http(200) }
        var configuration = HTTPClientConfiguration()
        configuration.nameServers = [try names.address]
        try await withClient(configuration) { client in
            var request = HTTPRequest("GET", "http://a.test:\(server.port)")
            request.addressFamily = .ipv4
            for _ in 0..<3 { _ = try await client.execute(request) }
            #expect(names.questions.count == 1)
            request.usesFreshConnection = true
            for _ in 0..<2 { _ = try await client.execute(request) }
            #expect(names.questions.count == 3)
        }
    }

    @Test func usesTheProxyOfTheRequest() async throws {
        let (usual, other) = (try ScriptedServer { _ in .http(201) }, try ScriptedServer { _ in .http(202) })
        let configuration = HTTPClientConfiguration(proxy: ProxySettings(http: usual.url))
        let request = HTTPRequest("GET", "http://service.invalid/")
        #expect(try await execute(request, configuration) { _ in }.status == 201)
        #expect(try await execute(request, configuration) { $0.proxy = ProxySettings(http: other.url) }.status == 202)
        let error = await #expect(throws: TransportError.self) {
            try await execute(request, configuration) { $0.proxy = ProxySettings() }
        }
        #expect(error?.code == .nameNotResolved)
    }

    @Test(arguments: [
        ("a.example.com", ["example.com"], true), ("example.com", [".example.com"], true),
        ("EXAMPLE.com", ["example.COM"], true), ("badexample.com", ["example.com"], false),
        ("example.org", ["example.com", "example.org."], true), ("x.test", ["*"], true), ("x.test", [""], false),
        ("192.0.2.7", ["192.0.2.0/24"], true), ("192.0.3.7", ["192.0.2.0/24"], false),
        ("192.0.2.7", ["192.0.2.7"], true),
        ("[2001:db8::1]", ["2001:db8::/32"], true), ("[2001:db8::1]", ["[2001:db8::1]"], true),
        ("[2001:db9::1]", ["2001:db8::/32"], false),
    ])
    func exceptionsAreReachedDirectly(host: String, exceptions: [String], isDirect: Bool) async throws {
        let proxy = try ScriptedServer { _ in .http(200) }
        let settings = ProxySettings(http: proxy.url, exceptions: exceptions)
        let names = try NameServer { _ in .failure(3) }
        let address = try names.address
        // Port 0: a direct connection fails at once.
        let response = try? await execute(HTTPRequest("GET", "http://\(host):0/", connectTimeout: .milliseconds(200))) {
            $0.proxy = settings
            $0.nameServers = [address]
        }
        #expect((response == nil) == isDirect)
        #expect((proxy.connectionCount == 0) == isDirect)
    }

    @Test func aProxyWithoutAddressFailsAsProxy() async throws {
        let names = try NameServer([:])
        let address = try names.address
        let error = await #expect(throws: TransportError.self) {
            try await execute(HTTPRequest("GET", "http://service.invalid/")) {
                $0.proxy = ProxySettings(http: "proxy.test:3128")
                $0.nameServers = [address]
            }
        }
        #expect(error?.code == .proxyFailed)
        #expect(
            error?.message.hasPrefix("the proxy for service.invalid:80 cannot be found: the name proxy.test cannot be")
                == true)
        #expect(error?.host == "service.invalid:80")
    }

    // MARK: TLS

    @Test func unverifiedServersAreAcceptedAndReported() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificates.issue(
                "bad", names: "DNS:other.example", to: "20250201000000Z", selfSigned: true)
            let server = try TLSServer(certificate: file)
            let response = try await execute(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")) {
                $0.tls.verifies = false
            }
            #expect(response.status == 200)
            #expect(response.certificate?.names == ["other.example"])
            #expect(try #require(response.certificate).notAfter < .now())
        }
    }

    @Test func anUnverifiedConnectionIsNotUsedForAVerifiedRequest() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let server = try TLSServer(certificate: try Certificates(in: folder).issue("bad", selfSigned: true))
            try await withClient { client in
                var request = HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")
                request.tls.verifies = false
                _ = try await client.execute(request)
                let verified = HTTPRequest("GET", request.url)
                let error = await #expect(throws: TransportError.self) { try await client.execute(verified) }
                #expect(error?.code == .certificateRejected)
            }
        }
    }

    @Test func sendsAClientCertificate() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificates.issue("good")
            let server = try TLSServer(certificate: file, clientAuthority: certificates.authority)
            let configuration = HTTPClientConfiguration(environment: ["SSL_CERT_FILE": certificates.authority])
            let request = HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")
            let response = try await execute(request, configuration) {
                $0.tls.clientCertificate = ClientCertificate(certificateFile: file, keyFile: file)
            }
            #expect(response.status == 200)
            await #expect(throws: TransportError.self) { try await execute(request, configuration) { _ in } }
            let error = await #expect(throws: TransportError.self) {
                try await execute(request, configuration) {
                    $0.tls.clientCertificate = ClientCertificate(certificateFile: file, keyFile: "/no.key")
                }
            }
            #expect(error?.code == .invalidRequest)
            #expect(
                error?.message.hasPrefix("the client certificate for 127.0.0.1:\(server.port) cannot be used") == true)
        }
    }

    @Test("authorities and a client certificate may come from memory, and the server may have another name")
    func certificatesInMemory() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let certificates = try Certificates(in: folder)
            let file = try certificates.issue("named", names: "DNS:service.test")
            let server = try TLSServer(certificate: file, clientAuthority: certificates.authority)
            let text = try contents(ofFile: file, limit: 100_000)
            let configuration = HTTPClientConfiguration(
                authorities: .pem(try contents(ofFile: certificates.authority, limit: 100_000)))
            let request = HTTPRequest("GET", "https://127.0.0.1:\(server.port)/a?b=c")
            let response = try await execute(request, configuration) {
                $0.tls.clientCertificate = ClientCertificate(certificate: text, key: text)
                $0.tlsServerName = "service.test"
            }
            #expect(response.status == 200)
            #expect(response.url == request.url)
            for name in [nil, "other.test", "127.0.0.1"] as [String?] {
                let error = await #expect(throws: TransportError.self) {
                    try await execute(request, configuration) {
                        $0.tls.clientCertificate = ClientCertificate(certificate: text, key: text)
                        $0.tlsServerName = name
                    }
                }
                #expect(error?.code == .certificateRejected)
                #expect(error?.host == "127.0.0.1:\(server.port)")
            }
            let empty = await #expect(throws: TransportError.self) {
                try await execute(request, HTTPClientConfiguration(authorities: .pem([]))) { _ in }
            }
            #expect(empty?.code == .noCertificateAuthorities)
        }
    }

    @Test("a connection that was verified by some authorities is not used for a request with others")
    func authoritiesOfReusedConnections() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let own = try Certificates(in: folder)
            let server = try TLSServer(certificate: try own.issue("server"))
            let trusted = CertificateAuthorities.pem(try contents(ofFile: own.authority, limit: 100_000))
            let other = folder.appending(path: "other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: false)
            let foreign = CertificateAuthorities.paths(file: try Certificates(in: other).authority, folder: nil)
            var request = HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")
            request.authorities = foreign
            let (usual, refused) = (HTTPRequest("GET", request.url), request)
            try await withClient(HTTPClientConfiguration(authorities: trusted)) { client in
                for _ in 0..<2 {
                    let response = try await client.execute(usual)
                    #expect(response.status == 200)
                    let error = await #expect(throws: TransportError.self) { try await client.execute(refused) }
                    #expect(error?.code == .certificateRejected)
                }
            }
        }
    }
}
