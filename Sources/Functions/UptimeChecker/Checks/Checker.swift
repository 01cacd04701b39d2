import Basics
import JSON
import Transport

/// Carries out one check of an endpoint, whatever its type, and tells what it saw.
///
/// One for the whole life of a process: it keeps OAuth 2 tokens and the expiry of domains from run to run.
final class Checker: Sendable {
    let loop: EventLoop
    let lookup: HostLookup
    let time: TimeSource
    let settings: CheckerSettings
    let http: HTTPClient
    let authorities: CertificateAuthorities
    let tokens: OAuth2Tokens
    private let domains: DomainExpirations
    private static let patienceForMetrics = Duration.seconds(2)

    /// - Parameter environment: proxies and certification authorities by the usual variables.
    init(
        loop: EventLoop, environment: [String: String], time: TimeSource, settings: CheckerSettings = CheckerSettings()
    ) {
        self.loop = loop
        lookup = HostLookup(loop: loop, servers: settings.nameServers)
        self.time = time
        self.settings = settings
        var configuration = HTTPClientConfiguration(environment: environment)
        configuration.nameServers = settings.nameServers
        authorities = configuration.authorities
        http = HTTPClient(loop: loop, configuration: configuration)
        tokens = OAuth2Tokens(http: http, lookup: lookup, time: time)
        domains = DomainExpirations(http: http, loop: loop, time: time, registry: settings.registry)
    }

    /// Checks an endpoint once, within its own time limit and the run's.
    ///
    /// It never fails: what went wrong is among the observation's errors.
    /// - Parameter needsDomain: whether the domain's expiry is wanted although no condition asks for it; then it does not
    ///   hold up the check for long, and only a note tells that it could not be found.
    func observe(_ endpoint: Endpoint, until deadline: Timestamp, needsDomain: Bool = false) async -> Observation {
        let budget = TimeBudget(min(endpoint.client.timeout, deadline - time.now()))
        let check = Check(endpoint: endpoint, budget: budget)
        async let domain = domainExpiration(check, isWanted: needsDomain)
        var observation = await carryOut(check)
        switch await domain {
        case .success(let end): observation.domainExpiration = end - time.now()
        case .failure(let failure) where check.needs.contains(.domainExpiration): observation.note(failure)
        case .failure(let failure): observation.notes.append(failure.description)
        case nil: break
        }
        if !observation.errors.isEmpty {
            let secrets = Secrets(of: endpoint)
            observation.errors = observation.errors.map { secrets.masked($0) }
        }
        return observation
    }

    /// - Returns: `nil` when nobody asks for it, or there is no domain that nobody but metrics could ask for.
    private func domainExpiration(_ check: Check, isWanted: Bool) async -> Result<Timestamp, CheckFailure>? {
        let host = check.endpoint.target.host
        let isNeeded = check.needs.contains(.domainExpiration)
        guard isNeeded || isWanted && !RDAPRegistry.candidates(for: host).isEmpty else { return nil }
        let budget = isNeeded ? check.budget : TimeBudget(min(check.budget.limit, Self.patienceForMetrics))
        do {
            return .success(try await domains.expiration(of: host, budget))
        } catch {
            return .failure(error)
        }
    }

    private func carryOut(_ check: Check) async -> Observation {
        var observation = Observation()
        do {
            switch check.endpoint.target {
            case .http(let url): try await checkHTTP(url, check, &observation)
            case .tcp(let host, let port): try await checkTCP(host, port, check, &observation)
            case .udp(let host, let port): try await checkUDP(host, port, check, &observation)
            case .tls(let host, let port): try await checkTLS(host, port, check, &observation)
            case .startTLS(let host, let port): try await checkStartTLS(host, port, check, &observation)
            case .dns(let host, let port, let question): try await checkDNS(host, port, question, check, &observation)
            case .icmp(let host): try await checkICMP(host, check, &observation)
            case .webSocket(let url): try await checkWebSocket(url, check, &observation)
            case .ssh(let host, let port): try await checkSSH(host, port, check, &observation)
            }
        } catch {
            observation.note(error)
        }
        if observation.responseTime == .zero { observation.responseTime = check.budget.elapsed }
        observation.certificateExpiration = observation.certificate.map { $0.notAfter - time.now() }
        if observation.ip.isEmpty, check.needs.contains(.ip) {
            let addresses = try? await lookup.addresses(
                of: check.endpoint.target.host, port: 0, for: check.endpoint.client, check.budget)
            observation.ip = addresses?.first?.ip ?? ""
        }
        return observation
    }
}

/// One run of an endpoint's check.
struct Check: Sendable {
    let endpoint: Endpoint
    let budget: TimeBudget
    let needs: Condition.Needs

    init(endpoint: Endpoint, budget: TimeBudget) {
        self.endpoint = endpoint
        self.budget = budget
        needs = endpoint.conditions.needs
    }

    /// Which addresses may not be connected to.
    var policy: AddressPolicy { AddressPolicy(allowing: endpoint.allowedAddresses) }

    /// What is asked of a server's certificate.
    var tls: TLSOptions { TLSOptions(endpoint.client) }
}

extension AddressPolicy {
    /// Refuses link-local addresses and metadata services, but for what the configuration allows.
    init(allowing allowed: Set<AddressClass>) {
        self = .guarded
        if allowed.contains(.linkLocal) { refused.remove(.linkLocal) }
        if allowed.contains(.metadata) { refused.remove(.metadata) }
    }
}

extension TLSOptions {
    init(_ client: ClientSettings) {
        self.init(
            verifies: !client.isInsecure,
            clientCertificate: client.certificate.map {
                ClientCertificate(certificateFile: $0.certificateFile, keyFile: $0.privateKeyFile)
            }
        )
    }
}

/// What checks take from the function's configuration rather than from an endpoint.
struct CheckerSettings: Sendable {
    /// How much of a response's body, or of a WebSocket message, is read.
    var maximumBodyBytes = 1 << 20
    /// Where domains are looked up.
    var registry = RDAPRegistry()
    /// The name servers to ask where an endpoint names none; empty for the system's.
    var nameServers: [SocketAddress] = []
}

/// Why a check could not be carried out, in one sentence for a person.
struct CheckFailure: Error, CustomStringConvertible {
    let description: String
    /// Whether a time limit was reached.
    let isTimeout: Bool

    init(_ description: String, isTimeout: Bool = false) {
        self.description = description
        self.isTimeout = isTimeout
    }

    /// Any error, with what it was about before it.
    init(_ context: String = "", of error: any Error) {
        let failure: CheckFailure =
            switch error {
            case let error as CheckFailure: error
            case let error as TransportError where error.code == .addressRefused:
                CheckFailure(error.message + " unless the file's or the endpoint's `allow` names its class")
            case let error as TransportError: CheckFailure(error.message, isTimeout: error.code == .timedOut)
            case is CancellationError: CheckFailure("the run ended before this check did", isTimeout: true)
            default: CheckFailure("\(error)")
            }
        self.init(context + failure.description, isTimeout: failure.isTimeout)
    }
}

extension Observation {
    /// Notes a failure with everything that it tells.
    mutating func note(_ error: any Error) {
        let failure = CheckFailure(of: error)
        errors.append(failure.description)
        isTimedOut = isTimedOut || failure.isTimeout
        guard let error = error as? TransportError else { return }
        if let certificate = error.certificate { self.certificate = certificate }
        if error.timings.total > .zero { timings = error.timings }
    }
}

/// How long one check may take, and how much of that is left; on a clock that only goes forward.
struct TimeBudget: Sendable {
    let limit: Duration
    private let start = ContinuousClock.now

    init(_ limit: Duration) { self.limit = limit }

    var elapsed: Duration { ContinuousClock.now - start }

    /// What is left, for the time limit of the next operation.
    /// - Throws: `CheckFailure` when nothing is.
    var remaining: Duration {
        get throws(CheckFailure) {
            let remaining = limit - elapsed
            guard remaining > .zero else {
                throw CheckFailure("its time limit of \(limit.text) was reached", isTimeout: true)
            }
            return remaining
        }
    }
}
