public import Basics
import Events
import JSON
import Synchronization
public import Transport

/// The checks of one configuration: what `tocsin check` and the function run.
public struct UptimeRun: Sendable {
    let configuration: UptimeConfiguration
    let engine: CheckEngine
    private let checker: Checker

    init(_ configuration: UptimeConfiguration, limits: CheckLimits? = nil, checker: Checker, needsDomain: Bool = false)
    {
        self.configuration = configuration
        self.checker = checker
        engine = CheckEngine(
            limits: limits ?? configuration.limits, time: checker.time,
            observe: { await checker.observe($0, until: $1, needsDomain: needsDomain) },
            isInMaintenance: { configuration.isInMaintenance($0, at: $1) }
        )
    }

    /// A run of a file in Gatus's format, YAML or JSON.
    /// - Parameters:
    ///   - environment: for `$VARIABLE`s in the file, proxies and certification authorities.
    ///   - tracing: whether results say what happened on the way.
    /// - Throws: `UptimeCheckerError` that names every fault of the file with its line.
    public init(
        parsing file: [UInt8], environment: [String: String], loop: EventLoop, tracing: Bool = false
    ) throws(UptimeCheckerError) {
        let configuration = try UptimeConfiguration(parsing: file, environment: environment)
        self.init(configuration, checker: .live(loop, environment, tracing: tracing))
    }

    /// A run of URLs that a person has named.
    /// - Parameters:
    ///   - urls: those without a scheme are `https://`.
    ///   - conditions: in Gatus's language, for each of them; empty for what suits their kind.
    ///   - environment: for proxies and certification authorities.
    ///   - tracing: whether results say what happened on the way.
    /// - Throws: `UptimeCheckerError` that names every URL and condition that is none.
    public init(
        urls: [String], conditions: [String] = [], environment: [String: String], loop: EventLoop,
        tracing: Bool = false
    ) throws(UptimeCheckerError) {
        let configuration = try UptimeConfiguration(arguments: urls, conditions: conditions)
        self.init(configuration, checker: .live(loop, environment, tracing: tracing))
    }

    /// A run of targets by a module of a configuration file of blackbox_exporter.
    /// - Parameters:
    ///   - module: nil for `http_2xx`, which blackbox_exporter takes.
    ///   - environment: for secrets written as `${NAME}`, proxies and certification authorities.
    ///   - tracing: whether results say what happened on the way.
    /// - Throws: `UptimeCheckerError` that names every fault of the file with its line, and every target that is none.
    public init(
        blackbox file: [UInt8], module: String?, targets: [String], environment: [String: String], loop: EventLoop,
        tracing: Bool = false
    ) throws(UptimeCheckerError) {
        let configuration = try UptimeConfiguration(
            blackbox: file, module: module ?? BlackboxFile.defaultModule, targets: targets, environment: environment)
        self.init(configuration, checker: .live(loop, environment, tracing: tracing))
    }

    /// The run of another file, with the tokens and domain expirations that this one has fetched.
    /// - Throws: as ``init(parsing:environment:loop:)``.
    public func replacing(
        file: [UInt8], environment: [String: String]
    ) throws(UptimeCheckerError) -> UptimeRun {
        UptimeRun(try UptimeConfiguration(parsing: file, environment: environment), checker: checker)
    }

    /// The run of the endpoints and suites of one shard; of all without one.
    public func part(of shard: Shard?) -> UptimeRun {
        shard == nil ? self : UptimeRun(configuration.part(of: shard), checker: checker)
    }

    /// Keys of the file that need Gatus's own server, each with its line.
    public var notUsed: [String] { configuration.notUsed }

    /// Checks the endpoints and runs the suites that are enabled, or those that are named, whether enabled or not.
    /// - Parameters:
    ///   - names: names, `group/name`s or Gatus's keys; empty for all.
    ///   - deadline: what has not ended by then has timed out.
    ///   - each: called with each result as soon as it is there.
    /// - Returns: the results in the file's order, those of suites last.
    /// - Throws: `UptimeCheckerError` when there is neither an endpoint nor a suite of a name.
    public func results(
        named names: [String] = [], until deadline: Timestamp, each: (CheckResult) -> Void = { _ in }
    ) async throws(UptimeCheckerError) -> [CheckResult] {
        let chosen = try configuration.selection(named: names)
        return await engine.run(chosen.endpoints, suites: chosen.suites, until: deadline, each: each)
    }
}

extension Checker {
    fileprivate static func live(_ loop: EventLoop, _ environment: [String: String], tracing: Bool) -> Checker {
        var settings = CheckerSettings()
        settings.traces = tracing
        return Checker(loop: loop, environment: environment, time: .live(loop), settings: settings)
    }
}

extension UptimeConfiguration {
    /// The file's limits, and the standard ones where it has none.
    var limits: CheckLimits {
        var limits = CheckLimits.standard
        if let concurrency { limits.total = min(concurrency, limits.total) }
        if let hostConcurrency { limits.perHost = hostConcurrency }
        return limits
    }
}

/// What an invocation's event asks for.
enum RunRequest: Sendable, Hashable {
    /// Whatever is due: any event of a scheduler.
    case due
    /// Endpoints and suites by name, due or not; without names all that are enabled: `{"endpoints": ["shop/api"]}`.
    case named([String])

    /// Reads an event; the names of several messages count together.
    /// - Throws: `UptimeCheckerError` when the event is not JSON, or `endpoints` is no list of names.
    init(_ event: IncomingEvent) throws(UptimeCheckerError) {
        if let fault = event.fault, fault.code == .notJSON, !event.messages.isEmpty {
            throw UptimeCheckerError(.wrongEvent, fault.message, underlying: fault)
        }
        let requests = event.messages.compactMap { $0.value["endpoints"] }
        let names = requests.map { $0.arrayValue?.map(\.stringValue) ?? [nil] }
        guard !names.joined().contains(nil) else {
            throw UptimeCheckerError(.wrongEvent, #""endpoints" must be a list of names: {"endpoints":["shop/api"]}"#)
        }
        self = requests.isEmpty ? .due : names.contains([]) ? .named([]) : .named(names.joined().compactMap { $0 })
    }
}

/// Decides which endpoints and suites a scheduled run checks: those whose `interval` has passed since their last check.
///
/// Kept in the process: a new one checks every endpoint, which is once more than needed and never less. No state is
/// read or written for it.
final class DueTimes: Sendable {
    private let lastChecks = Mutex<[String: Timestamp]>([:])

    /// Schedulers are not exact: an endpoint may be checked this much early, or half its interval if that is less.
    ///
    /// Of a missing heartbeat, which is looked for more often, it is a tenth.
    private static let tolerance = Duration.seconds(30)

    /// Those that are due; first those that were not checked for the longest time, otherwise in their order.
    ///
    /// When the time does not suffice for all, the next run begins with those that this one did not come to. In the
    /// order of the file always the same ones would be left over, and nobody would hear of their outages.
    func due(among selection: CheckSelection, at now: Timestamp) -> CheckSelection {
        let lastChecks = lastChecks.withLock { $0 }
        func isDue(_ key: String, every interval: Duration, early: Int = 2) -> Bool {
            guard let last = lastChecks[key], now >= last else { return true }
            return now - last >= interval - min(interval / early, Self.tolerance)
        }
        func oldestFirst<Entry>(_ entries: [Entry], _ key: (Entry) -> String) -> [Entry] {
            let times = entries.map { lastChecks[key($0)] ?? Timestamp(microseconds: .min) }
            guard zip(times, times.dropFirst()).contains(where: { $0 > $1 }) else { return entries }
            return entries.indices.sorted { (times[$0], $0) < (times[$1], $1) }.map { entries[$0] }
        }
        return CheckSelection(
            endpoints: oldestFirst(selection.endpoints.filter { isDue($0.key, every: $0.interval) }, \.key),
            suites: oldestFirst(selection.suites.filter { isDue($0.key, every: $0.interval) }, \.key),
            external: selection.external.filter { isDue($0.key, every: $0.heartbeat ?? .zero, early: 10) })
    }

    /// The selection without the external endpoints whose missing heartbeat was found less than an interval ago: as in
    /// Gatus each interval has one result.
    func dueHeartbeats(of selection: CheckSelection, at now: Timestamp) -> CheckSelection {
        var selection = selection
        selection.external = due(among: CheckSelection(external: selection.external), at: now).external
        return selection
    }

    /// Counts them as checked, but for those that had no attempt, or none that found anything out.
    ///
    /// Called only when nothing of their results is lost: otherwise the next run has to check them again.
    /// - Parameter start: when the run began.
    func record(_ results: [CheckResult], at start: Timestamp) {
        lastChecks.withLock { lastChecks in
            for result in results where result.attempts > 0 && !result.foundNothing { lastChecks[result.key] = start }
        }
    }
}
