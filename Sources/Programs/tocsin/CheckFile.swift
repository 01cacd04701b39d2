import AWS
import AWSUserCredentials
import ConfigurationSources
import LocalCloud
import Transport
import UptimeChecker

/// The file of `tocsin check` and what the arguments choose of it; `--watch` reads it again before each round.
struct CheckFile: Sendable {
    /// What is wrong with the file or the arguments, for people.
    struct Fault: Error {
        let message: String
        /// Whether the file could not be read at all.
        var isUnreadable = false
    }

    /// As it was given: a path, a place in AWS, or `-`.
    let place: String
    let names: [String]
    let groups: [String]
    let environment: [String: String]
    let loop: EventLoop

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
        _ place: String, names: [String], groups: [String], environment: [String: String], loop: EventLoop
    ) async throws {
        (self.place, self.names, self.groups) = (place, names, groups)
        (self.environment, self.loop) = (environment, loop)
        switch ConfigurationSource(place) {
        case .object, .parameter:
            for warning in AWSConfiguration.ignoredSettings(in: environment) { printError("Warning: \(warning)") }
        default: break
        }
        bytes = try await Self.load(place, environment, loop)
        do {
            run = try UptimeRun(parsing: bytes, environment: environment, loop: loop)
        } catch {
            throw Fault(message: "\(place == "-" ? "Standard input" : place) cannot be used:\n\(error)")
        }
        try select(from: run)
    }

    /// Reads the file again, and uses it if it has changed and is good.
    /// - Returns: whether it is another one, or ``problem`` has changed.
    mutating func renew() async -> Bool {
        guard place != "-" else { return false }
        let known = problem
        do {
            let bytes = try await Self.load(place, environment, loop)
            // One that had become unreadable and is as before is good again.
            guard bytes != self.bytes || isUnreadable else { return false }
            (self.bytes, isUnreadable) = (bytes, false)
            try select(from: try run.replacing(file: bytes, environment: environment))
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

    private mutating func select(from run: UptimeRun) throws {
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
