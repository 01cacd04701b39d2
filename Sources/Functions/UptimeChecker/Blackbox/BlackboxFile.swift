import Basics
import Configuration
import ConfigurationSources
import Transport
import YAML

/// A configuration file of blackbox_exporter, of which one module is to be run.
///
/// The whole file is read as strictly as blackbox_exporter reads it. Options that Tocsin cannot honour are faults in
/// the module that is run, and accepted in the others.
struct BlackboxFile {
    /// The module that is run.
    let module: BlackboxModule

    /// The module that blackbox_exporter runs when none is named.
    static let defaultModule = "http_2xx"

    /// Reads a file.
    /// - Parameter environment: for secrets that are written as `${NAME}`.
    /// - Throws: `UptimeCheckerError` that names every fault with line and path, or the modules that there are.
    init(parsing bytes: [UInt8], module name: String, environment: [String: String]) throws(UptimeCheckerError) {
        let diagnostics = Diagnostics(showsValues: false)
        var found: BlackboxModule?
        var names: [String] = []
        do throws(YAMLError) {
            let node = try YAMLNode(parsing: bytes)
            if let file = ConfigurationSection(node, path: "", diagnostics: diagnostics) {
                if let modules = file.section("modules") {
                    names = modules.keys
                    for key in names {
                        guard let section = modules.section(key) else { continue }
                        let reader = BlackboxReader(isChosen: key == name, environment: environment)
                        let module = reader.module(key, section)
                        if key == name { found = module }
                    }
                }
                file.close()
            }
        } catch {
            throw UptimeCheckerError(
                .wrongConfiguration, "line \(error.line), column \(error.column): \(error.message)", underlying: error)
        }
        do throws(ConfigurationError) { try diagnostics.check() } catch {
            throw UptimeCheckerError(.wrongConfiguration, "\(error)", underlying: error)
        }
        guard let found else {
            let advice =
                names.isEmpty
                ? "it has no modules" : names.nearest(to: name).map { "did you mean \($0)?" } ?? Self.list(of: names)
            throw UptimeCheckerError(.wrongConfiguration, "there is no module \(name.debugDescription): \(advice)")
        }
        module = found
    }

    private static func list(of names: [String]) -> String {
        "give one of \(names.prefix(30).joined(separator: ", "))" + (names.count > 30 ? ", …" : "")
    }
}

/// A module: a prober and its settings, for any target.
struct BlackboxModule: Sendable {
    /// The probers that can be run; blackbox_exporter has also `websocket`.
    enum Prober: String, CaseIterable, Sendable {
        case http, tcp, dns, icmp, grpc, unix
    }

    let name: String
    let prober: Prober
    /// How long a probe may take.
    var timeout: Duration
    var method = "GET"
    var headers: HTTPHeaders = [:]
    var body: [UInt8]?
    var client = ClientSettings()
    var probe = ProbeSettings()
    /// Whether the check begins with TLS, of `tcp` and `grpc`.
    var usesTLS = false
    /// Of `dns`.
    var question: DNSQuestion?
}

extension BlackboxModule {
    /// The endpoint that checks a target by this module.
    /// - Throws: `TargetError` for a target that is none of the prober's.
    func endpoint(_ target: String) throws(TargetError) -> Endpoint {
        let (url, checked) = try checkTarget(target)
        var endpoint = Endpoint(name: PublicURL.text(target), group: name, url: url, target: checked, conditions: [])
        endpoint.method = method
        endpoint.headers = headers
        if endpoint.headers["User-Agent"] == nil { endpoint.headers.add("User-Agent", Endpoint.userAgent) }
        endpoint.rawBody = body
        endpoint.client = client
        endpoint.client.timeout = timeout
        endpoint.probe = probe
        if prober == .http, endpoint.client.tls.serverName == nil, let host = headers["Host"] {
            // As blackbox_exporter does it: a server reached by its address is asked for the host of the header.
            endpoint.client.tls.serverName = host.split(separator: ":").first.map(String.init)
        }
        return endpoint
    }

    /// A target as blackbox_exporter reads it, as a URL and as a check's target.
    private func checkTarget(_ target: String) throws(TargetError) -> (url: String, target: CheckTarget) {
        let lowerCased = target.lowercased()
        let scheme = ["http://", "https://"].first { lowerCased.hasPrefix($0) }
        switch prober {
        case .http:
            let url = scheme.map { $0 + target.dropFirst($0.count) } ?? "http://" + target
            return (url, try CheckTarget(url: url, question: nil))
        case .tcp:
            let url = (usesTLS ? "tls://" : "tcp://") + target
            return (url, try CheckTarget(url: url, question: nil))
        case .icmp:
            let url = "icmp://" + target
            return (url, try CheckTarget(url: url, question: nil))
        case .unix: return ("unix://" + target, CheckTarget(.unixSocket, host: "localhost", port: nil, url: target))
        case .grpc:
            let authority = scheme.map { String(target.dropFirst($0.count)) } ?? target
            let (host, port) = try TargetURL.hostAndPort(
                String(authority.prefix { $0 != "/" }), defaultPort: usesTLS ? 443 : 80)
            let check = CheckTarget(.grpc, host: host, port: port, url: usesTLS ? "grpcs" : "grpc")
            return ("\(usesTLS ? "grpcs" : "grpc")://\(check.authority)", check)
        case .dns:
            let isOverTLS = probe.dns?.usesTLS ?? false
            let (host, port) = try TargetURL.hostAndPort(target, defaultPort: isOverTLS ? 853 : 53)
            return (target, CheckTarget(.dns, host: host, port: port, question: question))
        }
    }
}

extension UptimeConfiguration {
    /// The checks of targets by a module of a file of blackbox_exporter.
    /// - Throws: `UptimeCheckerError` that names every fault of the file, or every target that is none.
    init(
        blackbox bytes: [UInt8], module: String, targets: [String], environment: [String: String]
    ) throws(UptimeCheckerError) {
        let module = try BlackboxFile(parsing: bytes, module: module, environment: environment).module
        endpoints = []
        var faults: [String] = []
        for target in targets {
            do throws(TargetError) {
                endpoints.append(try module.endpoint(target))
            } catch {
                faults.append(
                    "the target \(PublicURL.text(target)) of the prober \(module.prober.rawValue) \(error.message)")
            }
        }
        guard faults.isEmpty else {
            throw UptimeCheckerError(.wrongConfiguration, faults.joined(separator: "\n"))
        }
    }
}
