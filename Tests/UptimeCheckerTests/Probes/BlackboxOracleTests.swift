import Basics
import Foundation
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

/// Modules of blackbox_exporter against real servers: what succeeds here succeeds in Debian's blackbox_exporter, and
/// what fails, fails.
///
/// Without the package of Debian the rows themselves say what is right.
@Suite(.timeLimit(.minutes(5))) struct BlackboxOracleTests {
    @Test func http() async throws { try await check(BlackboxRow.http) }
    @Test func tls() async throws { try await check(BlackboxRow.tls) }
    @Test func tcp() async throws { try await check(BlackboxRow.tcp) }
    @Test func dns() async throws { try await check(BlackboxRow.dns) }

    @Test func unix() async throws { try await check(BlackboxRow.unix) }

    @Test func icmp() async throws {
        let mayPing = try await CheckBench.run { await $0.observe(try .of(.icmp(host: "127.0.0.1"))) }
        guard mayPing.isConnected else { return }  // SocketCheckTests says what is missing
        try await check(BlackboxRow.icmp)
    }

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) func grpc() async throws {
        try await check(BlackboxRow.grpc)
    }

    /// Modules of Debian's example file, targets and whether the probe succeeds.
    private static let examples: [(module: String, target: String, succeeds: Bool)] = [
        ("http_2xx_example", "http://{http}/open", true), ("http_2xx_example", "http://{http}/", false),
        ("http_2xx_example", "http://{http}/cookie", false), ("http_with_proxy", "http://{http}/", false),
        ("http_post_2xx", "http://{http}/post", true), ("http_post_2xx", "http://{http}/status/500", false),
        ("http_basic_auth_example", "http://{http}/basic", true), ("http_custom_ca_example", "https://{https}/", false),
        ("http_gzip", "http://{http}/gzip", true), ("http_gzip", "http://{http}/", false),
        ("http_gzip_with_accept_encoding", "http://{http}/gzip", true), ("tls_connect", "{https}", false),
        ("tcp_connect_example", "{ssh}", true), ("tcp_connect_example", "{closed}", false),
        ("imap_starttls", "{imap}", false), ("smtp_starttls", "{smtp}", false), ("irc_banner_example", "{irc}", true),
        ("irc_banner_example", "{farewell}", false), ("dns_udp_example", "{dns-udp}", false),
        ("dns_soa", "{dns-udp}", true), ("dns_tcp_example", "{dns-tcp}", true), ("dns_tcp_example", "{closed}", false),
    ]

    @Test(.enabled(if: BlackboxExporter.folder != nil, "there is no package prometheus-blackbox-exporter"))
    func exampleFile() async throws {
        let file = try #require(BlackboxExporter.example)
        let text = try Array(Data(contentsOf: file))
        try await Workspace.withTemporaryFolder { folder in
            let servers = try ProbeServers(in: folder)
            let exporter = try BlackboxExporter(configuration: file)
            try await CheckBench.run { bench in
                for (module, target, succeeds) in Self.examples.map({ ($0, servers.filled($1), $2) }) {
                    let observation = await bench.probe(text, module, target)
                    let name = Comment(rawValue: "\(module) \(target): \(observation.errors)")
                    #expect((observation.isConnected && observation.errors.isEmpty) == succeeds, name)
                    let original = try await bench.succeeds(exporter.url(target, module: module))
                    #expect(original == succeeds, "blackbox_exporter, \(name)")
                }
            }
        }
    }

    private func check(_ rows: [BlackboxRow]) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let servers = try ProbeServers(in: folder)
            let known = rows.enumerated().filter { !$0.element.isNewer }
            let file = folder.appending(path: "blackbox.yml")
            let lines = known.map { "  m\($0.offset): \(servers.filled($0.element.module))\n" }
            try Data("modules:\n\(lines.joined())".utf8).write(to: file)
            let isThere = BlackboxExporter.folder != nil && !known.isEmpty
            let exporter = isThere ? try BlackboxExporter(configuration: file) : nil
            try await CheckBench.run { bench in
                for (number, row) in rows.enumerated() {
                    let (module, target) = (servers.filled(row.module), servers.filled(row.target))
                    let observation = await bench.probe(module, target)
                    let name = Comment(rawValue: "\(module) \(target): \(observation.errors)")
                    #expect((observation.isConnected && observation.errors.isEmpty) == row.succeeds, name)
                    guard let exporter, !row.isNewer else { continue }
                    let original = try await bench.succeeds(exporter.url(target, module: "m\(number)"))
                    #expect(original == row.succeeds, "blackbox_exporter, \(name)")
                }
            }
        }
    }
}

extension CheckBench {
    /// Runs a module against a target; a fault of either is the error of an observation without a connection.
    func probe(_ module: String, _ target: String) async -> Observation {
        await probe(Array("modules:\n  m: \(module)\n".utf8), "m", target)
    }

    /// The same for a module of a file.
    func probe(_ file: [UInt8], _ module: String, _ target: String) async -> Observation {
        do {
            let configuration = try UptimeConfiguration(
                blackbox: file, module: module, targets: [target], environment: [:])
            return await observe(configuration.endpoints[0])
        } catch {
            var observation = Observation()
            observation.errors = ["\(error)"]
            return observation
        }
    }

    /// Whether a probe of blackbox_exporter succeeds.
    func succeeds(_ url: String) async throws -> Bool {
        let log = String(decoding: try await checker.http.execute(HTTPRequest("GET", url)).body, as: UTF8.self)
        try #require(log.contains("\nprobe_success "), "\(log)")
        return log.contains("\nprobe_success 1")
    }
}
