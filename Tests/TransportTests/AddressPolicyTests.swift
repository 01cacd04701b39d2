import TestSupport
import Testing
import Transport

@Suite struct AddressPolicyTests {
    @Test(
        arguments: [
            ("8.8.8.8", []), ("1.1.1.1", []), ("2606:4700::1111", []), ("169.253.255.255", []), ("169.255.0.0", []),
            ("127.0.0.1", [.loopback]), ("127.255.255.255", [.loopback]), ("126.255.255.255", []), ("128.0.0.0", []),
            ("::1", [.loopback]), ("::2", []),
            ("0.0.0.0", [.loopback, .unspecified]), ("0.1.2.3", [.loopback, .unspecified]), ("1.0.0.0", []),
            ("::", [.loopback, .unspecified]),
            ("169.254.0.0", [.linkLocal]), ("169.254.255.255", [.linkLocal]),
            ("fe80::1", [.linkLocal]), ("febf:ffff::", [.linkLocal]), ("fe7f::", []),
            ("169.254.169.254", [.linkLocal, .metadata]), ("169.254.169.253", [.linkLocal]),
            ("169.254.170.2", [.linkLocal, .metadata]), ("169.254.170.23", [.linkLocal, .metadata]),
            ("fd00:ec2::254", [.privateNetwork, .metadata]), ("fd00:ec2::253", [.privateNetwork]),
            ("100.100.100.200", [.privateNetwork, .metadata]), ("168.63.129.16", [.metadata]), ("168.63.129.17", []),
            ("10.0.0.0", [.privateNetwork]), ("10.255.255.255", [.privateNetwork]), ("11.0.0.0", []),
            ("172.15.255.255", []), ("172.16.0.0", [.privateNetwork]), ("172.31.255.255", [.privateNetwork]),
            ("172.32.0.0", []), ("192.168.1.1", [.privateNetwork]), ("192.169.0.0", []),
            ("100.63.255.255", []), ("100.64.0.0", [.privateNetwork]), ("100.127.255.255", [.privateNetwork]),
            ("100.128.0.0", []), ("fc00::", [.privateNetwork]), ("fdff::", [.privateNetwork]), ("fbff::", []),
            ("fec0::1", [.privateNetwork]),
            ("223.255.255.255", []), ("224.0.0.1", [.multicast]), ("239.255.255.255", [.multicast]),
            ("255.255.255.255", [.multicast]), ("ff02::1", [.multicast]),
        ] as [(String, Set<AddressPolicy.Kind>)])
    func classifies(ip: String, kinds: Set<AddressPolicy.Kind>) throws {
        #expect(AddressPolicy.kinds(of: try #require(SocketAddress(ip: ip, port: 80))) == kinds)
    }

    @Test(arguments: [
        "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b::169.254.169.254",
        "64:ff9b:1::169.254.169.254", "2002:a9fe:a9fe::1",
    ])
    func checksTheEmbeddedIPv4Address(ip: String) throws {
        let address = try #require(SocketAddress(ip: ip, port: 80))
        #expect(AddressPolicy.kinds(of: address).isSuperset(of: [.linkLocal, .metadata]))
        let error = #expect(throws: TransportError.self) { try AddressPolicy.guarded.check(address) }
        #expect(error?.code == .addressRefused)
        #expect(error?.message == "\(address.ip) is a metadata address, which the address policy refuses")
    }

    @Test(arguments: ["2002:808:808::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
    func embeddedPublicIPv4AddressesAreOrdinary(ip: String) throws {
        #expect(AddressPolicy.kinds(of: try #require(SocketAddress(ip: ip, port: 80))).isEmpty)
    }

    // MARK: Where it is enforced

    private let noLoopback = AddressPolicy(refusing: [.loopback])

    private func failure(
        _ request: HTTPRequest, _ policy: AddressPolicy,
        _ configuration: HTTPClientConfiguration = HTTPClientConfiguration()
    ) async throws -> TransportError? {
        let request = request.obeying(policy)
        return try await withClient(configuration) { client in
            await #expect(throws: TransportError.self) { try await client.execute(request) }
        }
    }

    @Test func plainSocketsObeyIt() async throws {
        let server = try ScriptedServer(replies: [])
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: server.port))
        let policy = noLoopback
        try await withLoop { loop in
            let attempts: [@Sendable () async throws -> Void] = [
                { _ = try await TCPConnection.connect(to: address, on: loop, policy: policy) },
                {
                    _ = try await TCPConnection.connect(host: "localhost", port: address.port, on: loop, policy: policy)
                },
                { _ = try await UDPSocket.connect(to: address, on: loop, policy: policy) },
                { _ = try await ICMPEcho.roundTrip(to: address, on: loop, policy: policy) },
                { _ = try await DNSClient(loop: loop, policy: policy).query("a.test", .a, server: address) },
                {
                    _ = try await DNSClient(loop: loop, policy: policy)
                        .query("a.test", .a, server: address, network: .tcp)
                },
            ]
            for attempt in attempts {
                let error = await #expect(throws: TransportError.self) { try await attempt() }
                #expect(error?.code == .addressRefused)
            }
        }
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "name.test", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0",
    ])
    func httpObeysItHoweverTheAddressIsWritten(host: String) async throws {
        let names = try NameServer(["name.test": .addresses(["127.0.0.1", "::1"])])
        let server = try ScriptedServer { _ in .http(200) }
        var configuration = HTTPClientConfiguration()
        configuration.nameServers = [try names.address]
        let error = try await failure(HTTPRequest("GET", "http://\(host):\(server.port)/"), noLoopback, configuration)
        #expect(error?.code == .addressRefused, "\(String(describing: error))")
        #expect(error?.phase == .connect)
        #expect(error?.message.contains("which the address policy refuses") == true)
        #expect(server.connectionCount == 0)
    }

    @Test func httpObeysItAfterARedirect() async throws {
        let server = try ScriptedServer { _ in
            .http(302, headers: [("Location", "http://169.254.169.254/latest/meta-data/")])
        }
        let error = try await failure(HTTPRequest("GET", server.url, maximumRedirects: 3), .guarded)
        #expect(error?.code == .addressRefused)
        #expect(
            error?.message
                == "after 1 redirect from \(server.authority): cannot connect to 169.254.169.254:80: 169.254.169.254 is a "
                + "metadata address, which the address policy refuses")
    }

    @Test func aConnectionOpenedUnderAnotherPolicyIsNotUsed() async throws {
        let server = try ScriptedServer { _ in .http(200) }
        let policy = noLoopback
        try await withClient { client in
            _ = try await client.execute(HTTPRequest("GET", server.url))
            let request = HTTPRequest("GET", server.url).obeying(policy)
            let error = await #expect(throws: TransportError.self) { try await client.execute(request) }
            #expect(error?.code == .addressRefused)
        }
        #expect(server.requests.count == 1)
    }

    @Test func aHostWithOneGoodAddressIsReached() async throws {
        let names = try NameServer(["mixed.test": .addresses(["169.254.169.254", "127.0.0.1"])])
        let server = try ScriptedServer { _ in .http(200) }
        var configuration = HTTPClientConfiguration()
        configuration.nameServers = [try names.address]
        let request = HTTPRequest("GET", "http://mixed.test:\(server.port)/").obeying(.guarded)
        let response = try await withClient(configuration) { try await $0.execute(request) }
        #expect(response.status == 200 && response.ip == "127.0.0.1")
    }

    @Test func withAProxyItIsAboutTheProxy() async throws {
        let proxy = try ScriptedServer { _ in .http(200) }
        var request = HTTPRequest("GET", "http://service.invalid/")
        request.proxy = ProxySettings(http: proxy.url)
        let allowed = request.obeying(.guarded)
        #expect(try await withClient { try await $0.execute(allowed) }.status == 200)
        let error = try await failure(request, noLoopback)
        #expect(error?.code == .addressRefused)
    }
}

extension HTTPRequest {
    fileprivate func obeying(_ policy: AddressPolicy) -> HTTPRequest {
        var request = self
        request.addressPolicy = policy
        return request
    }
}
