import AWS
import AWSUserCredentials
import ConfigurationSources
import LocalCloud
import Transport
import UptimeChecker

/// What `tocsin check` is to check.
enum CheckSubject: Sendable, Equatable {
    /// The endpoints of a file in Gatus's format.
    case file(String)
    /// URLs, with conditions of their own or without.
    case urls([String], conditions: [String])
    /// Targets, by a module of a file of blackbox_exporter.
    case blackbox(file: String, module: String?, targets: [String])

    /// The file that is read; nil for URLs.
    var place: String? {
        switch self {
        case .file(let place), .blackbox(let place, _, _): place
        case .urls: nil
        }
    }
}

/// The file of `tocsin check`, if there is one, and what the arguments choose of it; `--watch` reads it again before
/// each round.
struct CheckFile: Sendable {
    /// What is wrong with the file or the arguments, for people.
    struct Fault: Error {
        let message: String
        /// Whether the file could not be read at all.
        var isUnreadable = false
    }

    let subject: CheckSubject
    /// As it was given: a path, a place in AWS, or `-`; empty without a file.
    var place: String { subject.place ?? "" }
    let names: [String]
    let groups: [String]
    let shard: Shard?
    let environment: [String: String]
    let loop: EventLoop
    /// Whether results say what happened on the way.
    let traces: Bool

    private(set) var run: UptimeRun
    /// The keys of the endpoints that are checked.
    private(set) var keys: [String] = []
    /// What of the file is not checked.
    private(set) var notChecked: [UncheckedEntry] = []
    /// Why the file cannot be used as it is now, so that the last good one stays in use.
    private(set) var problem: String?
    /// What was read last, good or not.
    private var bytes: [UInt8]
    private var isUnreadable = false

    /// Reads the file.
    /// - Throws: ``Fault``.
    init(
        _ subject: CheckSubject, names: [String], groups: [String], shard: Shard? = nil, environment: [String: String],
        loop: EventLoop, traces: Bool = false
    ) async throws {
        (self.subject, self.names, self.groups, self.shard) = (subject, names, groups, shard)
        (self.environment, self.loop, self.traces) = (environment, loop, traces)
        let place = subject.place ?? ""
        switch ConfigurationSource(place) {
        case .object, .parameter:
            for warning in AWSConfiguration.ignoredSettings(in: environment) { printError("Warning: \(warning)") }
        default: break
        }
        bytes = subject.place == nil ? [] : try await Self.load(place, environment, loop)
        do {
            run = try Self.run(of: subject, bytes, environment, loop, traces)
        } catch {
            let what = place == "-" ? "Standard input" : place
            throw Fault(message: place.isEmpty ? "Error: \(error)" : "\(what) cannot be used:\n\(error)")
        }
        try select(from: run)
    }

    /// Reads the file again, and uses it if it has changed and is good.
    /// - Returns: whether it is another one, or ``problem`` has changed.
    mutating func renew() async -> Bool {
        guard place != "-", subject.place != nil else { return false }
        let known = problem
        do {
            let bytes = try await Self.load(place, environment, loop)
            // One that had become unreadable and is as before is good again.
            guard bytes != self.bytes || isUnreadable else { return false }
            (self.bytes, isUnreadable) = (bytes, false)
            let isGatus = if case .file = subject { true } else { false }
            try select(
                from: isGatus
                    ? try run.replacing(file: bytes, environment: environment)
                    : try Self.run(of: subject, bytes, environment, loop, traces))
            problem = nil
            return true
        } catch {
            let fault = error as? Fault
            isUnreadable = fault?.isUnreadable ?? false
            let what = isUnreadable ? "cannot be read again" : "has changed and cannot be used"
            problem =
                "The file \(what), so the last good one stays in use (\(place)):\n\(fault?.message ?? "\(error)")"
        }
        return problem != known
    }

    private static func run(
        of subject: CheckSubject, _ bytes: [UInt8], _ environment: [String: String], _ loop: EventLoop,
        _ traces: Bool
    ) throws -> UptimeRun {
        switch subject {
        case .file: try UptimeRun(parsing: bytes, environment: environment, loop: loop, tracing: traces)
        case .urls(let urls, let conditions):
            try UptimeRun(
                urls: urls, conditions: conditions, environment: environment, loop: loop, tracing: traces)
        case .blackbox(_, let module, let targets):
            try UptimeRun(
                blackbox: bytes, module: module, targets: targets, environment: environment, loop: loop,
                tracing: traces)
        }
    }

    private mutating func select(from run: UptimeRun) throws {
        let run = run.part(of: shard)
        do {
            let keys = try run.keys(named: names, inGroups: groups)
            notChecked = run.notChecked(named: names, inGroups: groups)
            (self.run, self.keys) = (run, keys)
        } catch {
            throw Fault(message: "Error: \(error)")
        }
    }

    private static func load(_ place: String, _ environment: [String: String], _ loop: EventLoop) async throws
        -> [UInt8]
    {
        do {
            if place == "-" { return try Files.readStandardInput() }
            return try await (ConfigurationSource(place) ?? .file(place)).load(
                environment: [:],
                remote: .awsFiles {
                    try AWSConfiguration.ofUser(
                        environment: environment, loop: loop, askForCode: askForCodeOnTerminal(loop))
                })
        } catch let error as AWSError where error.operation.isEmpty {
            throw Fault(message: "Error: \(error.message)", isUnreadable: true)
        } catch {
            throw Fault(message: "Error: \(error)", isUnreadable: true)
        }
    }
}
