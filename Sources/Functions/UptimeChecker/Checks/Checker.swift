import Basics
import Transport

/// Checks endpoints, each by the kind of its target.
///
/// One instance serves the whole process, because it caches OAuth 2 tokens and domain expirations between runs.
final class Checker: Sendable {
    let loop: EventLoop
    let lookup: HostLookup
    let time: TimeSource
    let settings: CheckerSettings
    let http: HTTPClient
    let authorities: CertificateAuthorities
    let tokens: OAuth2Tokens
    let cookies = EndpointCookies()
    /// The room for bodies of all checks.
    let bodies: BodyBudget
    private let domains: DomainExpirations
    /// The time limit for a domain expiration that only metrics need.
    private static let metricsTimeout = Duration.seconds(2)

    /// - Parameter environment: `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` and the like are read from it.
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
        bodies = BodyBudget(limit: settings.heldBodyBytes)
        http = HTTPClient(loop: loop, configuration: configuration)
        tokens = OAuth2Tokens(http: http, lookup: lookup, time: time)
        domains = DomainExpirations(http: http, loop: loop, time: time, registry: settings.registry)
    }

    /// Checks an endpoint once, within its own timeout and until the run's deadline at most.
    ///
    /// Failures are among the observation's errors.
    /// - Parameter needsDomain: whether metrics need the domain's expiration although no condition does. Then it may
    ///   take 2 seconds at most, and a failure is a note and not an error.
    func observe(_ endpoint: Endpoint, until deadline: Timestamp, needsDomain: Bool = false) async -> Observation {
        let budget = TimeBudget(min(endpoint.client.timeout, deadline - time.now()))
        let check = Check(endpoint: endpoint, budget: budget)
        async let domain = domainExpiration(check, isWanted: needsDomain)
        var observation = await run(check)
        switch await domain {
        case .success(let end): observation.domainExpiration = end - time.now()
        case .failure(let failure) where check.needs.contains(.domainExpiration): observation.note(failure)
        case .failure(let failure): observation.notes.append(failure.description)
        case nil: break
        }
        if settings.traces { observation.trace = observation.trace(of: check) }
        if !observation.errors.isEmpty || !observation.notes.isEmpty || !observation.trace.isEmpty
            || !observation.captures.isEmpty
        {
            let mask = SecretMask(of: endpoint, observation)
            observation.trace = observation.trace.map { mask.masked($0) }
            observation.captures = observation.captures.map { ($0.name, mask.masked($0.value)) }
            observation.errors = observation.errors.map { mask.masked($0) }
            observation.notes = observation.notes.map { mask.masked($0) }
        }
        return observation
    }

    /// - Returns: nil when neither a condition nor metrics need it, and for metrics also when the host has no domain.
    private func domainExpiration(_ check: Check, isWanted: Bool) async -> Result<Timestamp, CheckError>? {
        let host = check.endpoint.target.host
        let isNeeded = check.needs.contains(.domainExpiration)
        guard isNeeded || isWanted && !RDAPRegistry.candidates(for: host).isEmpty else { return nil }
        let budget = isNeeded ? check.budget : TimeBudget(min(check.budget.limit, Self.metricsTimeout))
        do {
            return .success(try await domains.expiration(of: host, budget))
        } catch {
            return .failure(error)
        }
    }

    private func run(_ check: Check) async -> Observation {
        var observation = Observation()
        do {
            try await check.target.kind.run(self, check, &observation)
        } catch {
            observation.note(error, limit: check.budget.limit)
        }
        if observation.responseTime == .zero { observation.responseTime = check.budget.elapsed }
        observation.certificateExpiration = observation.certificate.map { $0.notAfter - time.now() }
        if observation.ip.isEmpty, check.needs.contains(.ip) {
            let addresses = try? await lookup.addresses(
                of: check.target.host, port: 0, for: check.endpoint, check.budget)
            observation.ip = addresses?.first?.ip ?? ""
        }
        return observation
    }
}

/// One attempt to check an endpoint.
struct Check: Sendable {
    let endpoint: Endpoint
    let budget: TimeBudget
    let needs: Condition.Needs

    init(endpoint: Endpoint, budget: TimeBudget) {
        self.endpoint = endpoint
        self.budget = budget
        needs = endpoint.needs.union(endpoint.probe.http.needs)
    }

    var target: CheckTarget { endpoint.target }

    var addressPolicy: AddressPolicy { AddressPolicy(allowing: endpoint.allowedAddresses) }

    var tls: TLSOptions { TLSOptions(endpoint.client) }

    /// The name that the server is asked for and its certificate must have.
    var serverName: String { endpoint.client.tls.serverName ?? target.host }

    /// The most bytes of a body that are read.
    func bodyLimit(_ settings: CheckerSettings) -> Int {
        endpoint.probe.http.readLimit(needsBody: needs.contains(.body)) ?? settings.maximumBodyBytes
    }
}

extension AddressPolicy {
    /// Refuses link-local addresses and metadata services, except for the classes that the configuration allows.
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
        (minimumVersion, maximumVersion) = (client.tls.minimumVersion, client.tls.maximumVersion)
    }
}

/// Settings of the whole function.
struct CheckerSettings: Sendable {
    /// The most bytes of a response's body, or of a WebSocket message, that are read.
    var maximumBodyBytes = 1 << 20
    /// The most bytes of bodies that all checks keep at once, beside the first 16 KiB of each: a function of 128 MB has
    /// room for them, and for one of them as parsed JSON.
    var heldBodyBytes = 24 << 20
    var registry = RDAPRegistry()
    /// The name servers for endpoints that name none; empty for the system's.
    var nameServers: [SocketAddress] = []
    /// Whether observations say what happened on the way.
    var traces = false
}

/// Why a check failed.
enum CheckErrorCode: String, ErrorCode {
    /// The target could not be reached, or did not answer as its protocol requires.
    case failed
    /// A time limit was reached.
    case timedOut
    /// The bodies of other checks took the memory until the time was over; nothing is known of this one.
    case noRoom
    /// The target was not asked, so nothing is known of it: its address is refused, or the proxy is dead.
    case notAsked
}

extension CheckErrorCode {
    fileprivate init(_ code: TransportError.Code) {
        switch code {
        case .timedOut: self = .timedOut
        case .addressRefused, .proxyFailed, .invalidRequest, .noCertificateAuthorities, .notPermitted, .system:
            self = .notAsked
        default: self = .failed
        }
    }
}

/// Why a check failed, in one sentence for a person.
typealias CheckError = CodedError<CheckErrorCode>

extension CodedError<CheckErrorCode> {
    init(_ message: String) { self.init(.failed, message) }

    /// A check's error for any error.
    /// - Parameter context: put before the message.
    init(_ context: String = "", of error: any Error) {
        let (code, message): (CheckErrorCode, String) =
            switch error {
            case let error as CheckError: (error.code, error.message)
            case let error as TransportError where error.code == .addressRefused:
                (.notAsked, error.message + " unless the file's or the endpoint's `allow` names its class")
            case let error as TransportError where error.code == .certificateRejected || error.code == .tlsFailed:
                (.failed, TLSFaultText.message(of: error))
            case let error as TransportError: (CheckErrorCode(error.code), error.message)
            case let error as CacheError: (.timedOut, error.message)
            case is CancellationError: (.timedOut, "the run ended before this check did")
            default: (.failed, "\(error)")
            }
        self.init(code, context + message, underlying: error)
    }
}

/// The time limit of one check and what is left of it, by a monotonic clock.
struct TimeBudget: Sendable {
    let limit: Duration
    private let start = ContinuousClock.now

    init(_ limit: Duration) { self.limit = limit }

    var elapsed: Duration { ContinuousClock.now - start }

    /// What is left, as the timeout of the next operation.
    /// - Throws: `CheckError` with `timedOut` when nothing is left.
    var remaining: Duration {
        get throws(CheckError) {
            let remaining = limit - elapsed
            guard remaining > .zero else {
                throw CheckError(.timedOut, "its time limit of \(limit.text) was reached")
            }
            return remaining
        }
    }
}
