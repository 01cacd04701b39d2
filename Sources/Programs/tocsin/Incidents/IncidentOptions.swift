import AWS
import AWSUserCredentials
import ArgumentParser
import Basics
import Glibc
import LocalCloud
import SLAReport
import StateStore
import TextTables
import Transport

/// Where incidents are kept.
struct IncidentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where incidents are kept: a folder, s3://bucket/prefix or dynamodb:table; $INCIDENTS_STATE or, in the "
                + "folder of this user's state ($TOCSIN_STATE, $XDG_STATE_HOME/tocsin or ~/.local/state/tocsin), "
                + "incidents by default. Give the report the same place.", valueName: "place"))
    var state: String?

    @Option(help: ArgumentHelp("The region of the bucket or table.", valueName: "region"))
    var region: String?

    @Option(help: ArgumentHelp("The profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// The options that another command must have to find the same incidents, for messages.
    var commandLine: String {
        let pairs = [("region", region), ("profile", profile), ("state", state)]
        return pairs.compactMap { name, value in value.map { " --\(name) \(shellQuoted($0))" } }.joined()
    }
}

/// What people write.
struct IncidentMessage: ParsableArguments {
    @Option(
        name: [.customShort("m"), .long],
        help: ArgumentHelp("What people are told; \"-\" reads standard input.", valueName: "text"))
    var message: String?

    @Option(
        help: ArgumentHelp("When it began, such as 2026-11-29T14:03Z; now by default.", valueName: "time"),
        transform: pastTime)
    var at: Timestamp?

    @Option(help: ArgumentHelp("Who writes; it is not published. $USER by default.", valueName: "name"))
    var author: String?

    private static let maximumBytes = 20_000

    /// The message, trimmed; nil for none.
    ///
    /// Standard input is read where it is asked for, and where a pipe or a file stands in for a message that is needed.
    func text(isNeeded: Bool) throws -> String? {
        let isPiped = isNeeded && message == nil && isatty(STDIN_FILENO) == 0
        var text = message
        if message == "-" || isPiped { text = String(decoding: try Files.readStandardInput(), as: UTF8.self) }
        let trimmed = text.map { String($0.trimmingWhitespace) } ?? ""
        guard trimmed.utf8.count <= Self.maximumBytes else {
            throw usageError("--message: it has \(trimmed.utf8.count) bytes, and \(Self.maximumBytes) are allowed")
        }
        if trimmed.isEmpty, isNeeded || text != nil {
            throw usageError("--message: say what people are to know, here or on standard input")
        }
        return trimmed.isEmpty ? nil : trimmed
    }

    func author(_ environment: [String: String]) -> String? {
        let name = author ?? environment["USER"] ?? ""
        return name.isEmpty ? nil : name
    }
}

/// A time in ISO 8601, the seconds may be left out; UTC where it has no zone.
func timestamp(_ text: some StringProtocol) -> Timestamp? {
    let text = String(text)
    if let time = Timestamp(iso8601: text) { return time }
    // `2026-11-29T14:03Z`: the seconds come before the zone.
    guard let clock = text.firstIndex(where: { $0 == "T" || $0 == "t" || $0 == " " }) else { return nil }
    let zone = text[clock...].dropFirst().firstIndex { "Zz+-".contains($0) } ?? text.endIndex
    return Timestamp(iso8601: text[..<zone] + ":00" + text[zone...])
}

private func pastTime(_ text: String) throws -> Timestamp {
    guard let time = timestamp(text) else {
        throw ValidationError("expected a time such as 2026-11-29T14:03Z, not \"\(text)\"")
    }
    // Clocks differ a little.
    guard time <= .now() + .seconds(300) else {
        throw ValidationError("\(text) is in the future; planned work is opened with --maintenance FROM/TO")
    }
    return time
}

/// The incidents of a place, with this user's credentials.
struct IncidentSession: Sendable {
    let options: IncidentOptions
    let environment: [String: String]
    let store: IncidentStore

    /// Runs a body; what is wrong is told on standard error and by the exit status.
    static func run(
        _ options: IncidentOptions, _ body: @escaping @Sendable (IncidentSession) async throws -> Void
    ) async throws {
        let environment = Environment.current().variables
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let session = try IncidentSession(options, environment: environment, loop: loop)
        do {
            try await withTaskExecutorPreference(loop) { try await body(session) }
        } catch let error as ExitCode { throw error } catch let error as IncidentError {
            if error.code == .refused { throw usageError(error.message) }
            printError("Error: \(error.message)" + (error.code == .unavailable ? session.place : ""))
            throw ExitCode.failure
        } catch {
            printError("Error: \(error)")
            throw ExitCode.failure
        }
    }

    private init(_ options: IncidentOptions, environment: [String: String], loop: EventLoop) throws {
        (self.options, self.environment) = (options, environment)
        guard let location = options.state ?? IncidentStore.location(Environment(environment)) else {
            throw usageError("HOME is not set, so there is no place for incidents: give one by --state")
        }
        let option = options.state == nil ? "INCIDENTS_STATE" : "--state"
        do throws(StateStoreError) {
            store = try IncidentStore(at: location, time: .live(loop)) {
                for warning in AWSConfiguration.ignoredSettings(in: environment) { printError("Warning: \(warning)") }
                return try .ofUser(
                    environment: environment, profile: options.profile, region: options.region, loop: loop,
                    askForCode: askForCodeOnTerminal(loop))
            }
        } catch {
            guard error.code != .malformed else { throw usageError("\(option): \(error.message)") }
            printError("Error: incidents cannot be kept in \(error.message); give another place by --state")
            throw ExitCode.failure
        }
    }

    private var place: String {
        "\n(incidents are kept in \(options.state ?? IncidentStore.location(Environment(environment)) ?? "no place"))"
    }

    /// Shows an incident that was changed.
    /// - Parameter verb: `Opened`, `Updated`, `Resolved`.
    func tell(_ verb: String, _ incident: Incident) throws {
        let now = Timestamp.now()
        if options.json { return try printLine("\(incident.json(at: now))") }
        try printLines(environment: environment) { width, colour in
            let facts = "\(incident.impact.rawValue), \(incident.status(at: now).text)"
            var lines = "\(verb) \(incident.id): \(incident.title) (\(facts))".wrapped(to: width, indent: 2)
            guard !incident.status(at: now).isOver else { return lines }
            let command = "\(incident.id)\(options.commandLine)"
            guard let window = incident.window else {
                lines += "Next: tocsin incident update \(command) --message \"…\"".wrapped(to: width, indent: 2)
                return lines
            }
            let hasBegun = incident.status(at: now) == .inProgress
            let times = [window.lowerBound, window.upperBound].map { $0.iso8601(fractionDigits: 0) }
            lines +=
                (hasBegun
                ? "It ends by itself at \(times[1])."
                : "It begins by itself at \(times[0]) and ends at \(times[1]).").wrapped(to: width, indent: 2)
            lines += "To change it: tocsin incident update \(command) --maintenance FROM/TO".wrapped(
                to: width, indent: 2)
            lines +=
                "To \(hasBegun ? "end it now" : "call it off"): tocsin incident resolve \(command) --message \"…\""
                .wrapped(to: width, indent: 2)
            return lines
        }
    }

    /// A name for a new update.
    func newUpdateID() -> String { .randomUUID() }
}
