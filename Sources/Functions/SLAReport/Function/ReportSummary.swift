import Basics
import JSON
public import ServiceHistory
import StatusPages

/// What became of a report.
public struct ReportSummary: Sendable {
    /// A service and its ranges, for people.
    public struct Service: Sendable {
        /// For people.
        public var name: String
        /// The availability in each range, in their order.
        public var availability: [Availability]
        /// The budget of ``budgetDays``; nil without an objective, or without results.
        public var budget: ErrorBudget?
        /// Outages in the report's days.
        public var outages: Int
    }

    /// The ranges of ``services``, such as `14d`, then the report's days.
    public var ranges: [String]
    /// The days of the error budgets: those of the pages.
    public var budgetDays: Int
    /// In the report's order.
    public var services: [Service]
    /// How many calls of `GetMetricData` there were.
    public var calls = 0
    /// How many points were read.
    public var points: Int
    /// What the report lacks.
    public var unread: [SLAReportInput.Unread] = []
    /// What is odd, for people.
    public var warnings: [String] = []
    /// The names of services whose files could not all be written; of a report after messages only.
    var failedServices: Set<String> = []
    /// Whether nothing was written because a later report has been.
    public var isSuperseded = false
    var files = ReportWriter.Summary()

    /// How many files were written.
    public var written: Int { files.written }

    /// How many files had not changed.
    public var unchanged: Int { files.unchanged }

    /// Paths of the files that could not be written, with the reasons.
    public var unwritten: [(path: String, reason: String)] { files.failures }

    /// Whether all was read and written.
    public var isComplete: Bool { unread.isEmpty && files.failures.isEmpty }

    /// The figures of a report that is read; nothing is written yet.
    public init(_ input: SLAReportInput) {
        let now = input.generatedAt
        ranges = input.ranges.map(\.text)
        let days = "\(input.days)d"
        let lengths =
            input.ranges.map(\.length) + (ranges.last == days ? [] : [.seconds(input.days * 86_400)])
        if ranges.last != days { ranges.append(days) }
        let budgetDays = HistoryReach(days: input.days, of: [], until: now).budgetDays
        self.budgetDays = budgetDays
        points = input.services.reduce(0) { $0 + $1.history.points.count }
        services = input.services.map { service in
            let availability = lengths.map { service.history.availability(in: now - $0..<now, now: now) }
            return Service(
                name: service.group.map { "\($0)/\(service.displayName)" } ?? service.displayName,
                availability: availability,
                budget: service.history.errorBudget(in: now - .seconds(budgetDays * 86_400)..<now, now: now),
                outages: availability.last?.outages ?? 0)
        }
    }

    /// The answer of the function, with the first 100 of what is missing.
    var json: JSONValue {
        [
            "state": isSuperseded ? "superseded" : isComplete ? "done" : "partial",
            "services": .init(services.count), "points": .init(points), "calls": .init(calls),
            "written": .init(files.written), "unchanged": .init(files.unchanged), "superseded": .init(files.superseded),
            "removed": .init(files.removed),
            "unread": .array(
                unread.prefix(100).map { ["what": .string($0.what), "reason": .string($0.reason)] }),
            "unwritten": .array(
                files.failures.prefix(100).map { ["path": .string($0.path), "reason": .string($0.reason)] }),
        ]
    }

    /// What is missing, in one line: the first three, and how many more.
    var problems: String {
        let all =
            unread.map { "\($0.what) not read: \($0.reason)" }
            + files.failures.map { "\($0.path) not written: \($0.reason)" }
        let rest = all.count - 3
        return all.prefix(3).joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    }
}
