import Basics
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// Addresses at which a function could read its credentials are refused, however a check gets there.
@Suite struct AddressTests {
    private static let metadata = "169.254.169.254"

    private static let targets: [CheckTarget] = [
        .http(url: "http://\(metadata)/latest/meta-data/"), .webSocket(url: "ws://\(metadata)/"),
        .tcp(host: metadata, port: 80), .udp(host: metadata, port: 53), .tls(host: metadata, port: 443),
        .startTLS(host: metadata, port: 25), .ssh(host: metadata, port: 22), .icmp(host: metadata),
        .dns(host: metadata, port: 53, question: DNSQuestion(name: "example.com.", type: "A")),
        .tcp(host: "fd00:ec2::254", port: 80), .tcp(host: "fe80::1", port: 80),
        .tcp(host: "::ffff:169.254.1.1", port: 80),
    ]

    @Test(arguments: targets) func refusesThemInURLs(target: CheckTarget) async throws {
        let observation = try await CheckBench.run { await $0.observe(try .of(target)) }
        #expect(!observation.isConnected && observation.isNotAsked)
        #expect(observation.errors.count == 1)
        #expect(
            observation.errors[0].contains("address, which the address policy refuses unless"), "\(observation.errors)")
    }

    @Test func refusesThemAfterARedirect() async throws {
        let server = try ScriptedServer { _ in
            .http(307, headers: [("Location", "http://\(Self.metadata)/latest/meta-data/")])
        }
        let observation = try await CheckBench.run {
            await $0.observe(try .of(.http(url: server.url), "[STATUS] == 200"))
        }
        #expect(observation.status == 0)
        #expect(observation.errors.count == 1)
        #expect(observation.errors[0].contains("metadata"), "\(observation.errors)")
    }

    @Test(
        "a DNS resolver at a link-local or metadata address is not asked unless allowed",
        arguments: ["169.254.169.253", "169.254.169.254", "fd00:ec2::254", "metadata.test"])
    func refusesThemAsNameServers(server: String) async throws {
        let names = try NameServer { _ in .addresses([Self.metadata]) }
        let settings = CheckerSettings(nameServers: [try #require(SocketAddress(ip: "127.0.0.1", port: names.port))])
        for target in [CheckTarget.tcp(host: "a.test", port: 80), .http(url: "http://a.test/")] {
            let observation = try await CheckBench.run(settings: settings) { bench in
                await bench.observe(
                    try .of(target) {
                        $0.client.nameServer = .init(network: .udp, host: server, port: 53)
                        $0.client.timeout = .seconds(2)
                    })
            }
            #expect(observation.errors.count == 1)
            #expect(observation.errors[0].hasPrefix("the name server of client.dns-resolver is not asked: "))
            #expect(observation.errors[0].contains("`allow`"), "\(observation.errors)")
        }
    }

    private static func targets(_ port: UInt16 = 0) -> [CheckTarget] {
        [
            .http(url: "http://rebind.test:\(port)/"), .webSocket(url: "ws://rebind.test:\(port)/"),
            .tcp(host: "rebind.test", port: port), .udp(host: "rebind.test", port: port),
            .ssh(host: "rebind.test", port: port),
        ]
    }

    /// DNS rebinding: a name has a harmless address first and the metadata service's later.
    @Test(arguments: 0..<targets().count) func refusesThemAfterRebinding(row: Int) async throws {
        let server = try ScriptedServer { _ in .http(200) }
        let isRebound = Locked(false)
        let names = try NameServer { question in
            .addresses([isRebound.withLock { $0 } ? Self.metadata : "127.0.0.1"])
        }
        try await CheckBench.run { bench in
            let endpoint = try Endpoint.of(Self.targets(server.port)[row]) {
                $0.client.nameServer = .init(network: .udp, host: "127.0.0.1", port: names.port)
                $0.client.timeout = .seconds(2)
            }
            let harmless = await bench.observe(endpoint)
            #expect(harmless.ip == "127.0.0.1" || !harmless.errors.joined().contains("refuses"))
            isRebound.withLock { $0 = true }
            let rebound = await bench.observe(endpoint)
            #expect(!rebound.isConnected)
            #expect(rebound.errors.count == 1)
            #expect(rebound.errors.joined().contains("address policy refuses"), "\(rebound.errors)")
        }
    }

    @Test func theConfigurationAllowsByClass() {
        #expect(AddressPolicy(allowing: []) == .guarded)
        #expect(AddressPolicy(allowing: [.linkLocal]).refused == [.metadata])
        #expect(AddressPolicy(allowing: [.metadata]).refused == [.linkLocal])
        #expect(AddressPolicy(allowing: [.linkLocal, .metadata]) == .unrestricted)
    }

    @Test(
        "allow: [metadata] is enough for a metadata service, though its address is link-local",
        arguments: [
            ([.metadata], "169.254.169.254", true), ([.metadata], "fd00:ec2::254", true),
            ([.metadata], "169.254.1.1", false), ([.linkLocal], "169.254.169.254", false),
            ([.linkLocal], "169.254.1.1", true), ([], "169.254.169.254", false),
        ] as [(Set<AddressClass>, String, Bool)])
    func allowsMetadataAlone(allowed: Set<AddressClass>, ip: String, isAllowed: Bool) throws {
        let address = try #require(SocketAddress(ip: ip, port: 80))
        #expect(((try? AddressPolicy(allowing: allowed).check(address)) != nil) == isAllowed)
    }
}
