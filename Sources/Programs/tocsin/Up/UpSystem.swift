import Basics
import JSON
import LocalCloud
import TimeZones
import UptimeChecker

/// What `tocsin up` runs: from a folder with `tocsin.yaml`, from options, or the examples.
///
/// A value, so that two versions of a folder can be compared and only what differs is changed.
struct UpSystem: Sendable, Equatable {
    /// A rules file of the alarm provisioner.
    struct RulesFile: Sendable, Equatable {
        /// As in `tocsin.yaml`.
        var name: String
        var bytes: [UInt8]
    }

    /// An experiment that can be run.
    struct ExperimentFile: Sendable, Equatable {
        /// The file's name.
        var id: String
        var title: String
        /// From the root.
        var path: String
        /// A digest of the content, so that an edited file is another one.
        var digest: String
    }

    /// A share of successful results that was promised.
    struct Objective: Sendable, Equatable {
        /// A glob for the names of services.
        var services: String
        /// In per cent.
        var percent: Double
    }

    /// Planned work.
    struct Maintenance: Sendable, Equatable {
        var window: WeeklyWindow
        /// The window in the form of Gatus's `maintenance-windows`.
        var json: JSONValue
        /// Globs for the names of services; empty for all.
        var services: [String]

        func concerns(_ service: String) -> Bool {
            services.isEmpty || services.contains { Glob($0).matches(service) }
        }
    }

    /// How much history is kept.
    struct HistoryLimits: Sendable, Equatable {
        var days = 90
        /// Bytes of the database.
        var size = 200 << 20
    }

    /// Nil to check nothing.
    var checks: CombinedEndpoints?
    var tests: [SLATest] = []
    /// Empty for an alarm on each service.
    var alarmRules: [RulesFile] = []
    /// A rules file of the notifier, JSON; it may hold secrets.
    ///
    /// Nil when messages go to the console alone.
    var notifications: NotificationRules?
    /// In the order of the file.
    var experiments: [ExperimentFile] = []
    var objectives: [Objective] = []
    /// Rules for events, beside those that are made in the local AWS.
    var eventRules: [EventRule] = []
    var maintenance: [Maintenance] = []
    /// The console's port; nil for a free one.
    var port: Int?
    /// Where results of external endpoints are pushed to.
    var pushes = PushServer.Address()
    var history = HistoryLimits()
    /// Warnings for people.
    var notes: [String] = []

    /// Endpoints whose results are pushed.
    var external: [CombinedEndpoints.Entry] { (checks?.entries ?? []).filter(\.isExternal) }

    /// The promised share of a service; the first that matches.
    func objective(of service: String) -> Double? {
        objectives.first { Glob($0.services).matches(service) }?.percent
    }

    /// Whether planned work on a service is being done.
    func isInMaintenance(_ service: String, at time: Timestamp) -> Bool {
        maintenance.contains { $0.concerns(service) && $0.window.contains(time) }
    }
}

/// What is wrong with a folder.
struct UpFaults: Error, CustomStringConvertible {
    /// An experiment that cannot be run because of its file.
    struct Experiment: Sendable, Equatable {
        /// The file's name.
        var id: String
        /// One line.
        var fault: String
    }

    /// Each with its file, line and path.
    let lines: [String]
    /// Those whose files are among the lines.
    let experiments: [Experiment]

    var description: String { lines.joined(separator: "\n") }
}
