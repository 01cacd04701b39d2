import AWS
import AWSUserCredentials
import ArgumentParser
import Basics
import Glibc
import Notifier
import StateStore
import TextTables
import Transport

/// Where silences are kept.
struct SilenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the notifier keeps its state: a folder, s3://bucket/prefix or dynamodb:table. $NOTIFY_STATE by "
                + "default, or that of `tocsin up` in this folder.", valueName: "place"))
    var state: String?

    @Option(help: ArgumentHelp("The region of the bucket or table.", valueName: "region"))
    var region: String?

    @Option(help: ArgumentHelp("The profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// The options that another command must have to find the same silences, for messages.
    var commandLine: String {
        let pairs = [("region", region), ("profile", profile), ("state", state)]
        return pairs.compactMap { name, value in value.map { " --\(name) \(shellQuoted($0))" } }.joined()
    }
}

/// The silences of a place, with this user's credentials.
struct SilenceSession: Sendable {
    let environment: [String: String]
    let store: SilenceStore
    /// For messages.
    let place: String
    let time: TimeSource

    /// Runs a body; what is wrong is told on standard error and by the exit status.
    static func run(
        _ options: SilenceOptions, _ body: @escaping @Sendable (SilenceSession) async throws -> Void
    ) async throws {
        let environment = Environment.current().variables
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let session = try SilenceSession(options, environment: environment, loop: loop)
        do {
            try await withTaskExecutorPreference(loop) { try await body(session) }
        } catch let error as ExitCode { throw error } catch {
            printError("Error: \(error)\n(silences are kept in \(session.place))")
            throw ExitCode.failure
        }
    }

    private init(_ options: SilenceOptions, environment: [String: String], loop: EventLoop) throws {
        self.environment = environment
        time = .live(loop)
        guard let place = options.state ?? environment["NOTIFY_STATE"].flatMap({ $0.isEmpty ? nil : $0 }) ?? Self.ofUp()
        else {
            throw usageError(
                "where does the notifier keep its state? Give its NOTIFY_STATE by --state, or call this in the folder of "
                    + "`tocsin up`")
        }
        self.place = place
        do throws(StateStoreError) {
            if place != Self.ofUp() { try Self.checkFolder(place) }
            let kept = try StateStore.atPlace(place) {
                for warning in AWSConfiguration.ignoredSettings(in: environment) { printError("Warning: \(warning)") }
                return try .ofUser(
                    environment: environment, profile: options.profile, region: options.region, loop: loop,
                    askForCode: askForCodeOnTerminal(loop))
            }
            store = SilenceStore(kept, time: time)
        } catch {
            if error.code == .malformed { throw usageError(error.message) }
            printError("Error: \(error.message)")
            throw ExitCode.failure
        }
    }

    /// Refuses a folder that is not there: a silence in it would silence nothing.
    private static func checkFolder(_ place: String) throws(StateStoreError) {
        guard !place.isEmpty, !place.containsBytes("://"), !place.hasPrefix("dynamodb:"), access(place, F_OK) != 0
        else { return }
        let advice = place.contains("/") ? "" : "; for a table say dynamodb:\(place)"
        throw StateStoreError(
            .malformed, "\(place): there is no such folder, and so no notifier that reads it\(advice)")
    }

    /// The place of `tocsin up` in this folder; nil where it is not that of a system.
    private static func ofUp() -> String? {
        access("tocsin.yaml", R_OK) == 0 ? UpState.folder(in: ".") : nil
    }

    /// Shows a silence that was added or ended.
    func tell(_ silence: Silence, _ options: SilenceOptions, _ lines: @escaping (Silence) -> [String]) throws {
        if options.json { return try printLine("\(silence.json)") }
        try printLines(environment: environment) { width, _ in
            lines(silence).flatMap { $0.wrapped(to: width, indent: 2) }
        }
    }
}

/// Where `tocsin up` keeps what the notifier remembers.
enum UpState {
    /// - Parameter folder: that of `tocsin.yaml`.
    static func folder(in folder: String) -> String { "\(folder)/.tocsin/notifier" }
}

extension Silence {
    /// `severity="warning", region=~"eu-.*"`.
    var condition: String { matchers.map(\.description).joined(separator: ", ") }
}
