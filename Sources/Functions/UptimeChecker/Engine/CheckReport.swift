public import Basics
public import JSON

/// The results of one round of checks, for people and their tools.
public struct CheckReport: Sendable {
    let results: [CheckResult]
    let notChecked: [UncheckedEntry]
    /// When the round began.
    public let startedAt: Timestamp
    /// How long it took.
    public let duration: Duration

    /// A report of one round.
    /// - Parameter notChecked: what of the file is not checked, from ``UptimeRun/notChecked(named:inGroups:)``.
    public init(
        _ results: [CheckResult], notChecked: [UncheckedEntry] = [], startedAt: Timestamp, duration: Duration
    ) {
        self.results = results
        self.notChecked = notChecked
        self.startedAt = startedAt
        self.duration = duration
    }

    /// Whether each endpoint is up or in maintenance.
    public var isUp: Bool { results.allSatisfy { $0.isUp || $0.isInMaintenance } }

    /// How many parts of the file are not checked.
    public var notCheckedCount: Int { notChecked.count }

    /// A row for each endpoint and each suite, in the configuration's order, then those of what is not checked.
    public var rows: [CheckRow] { results.map { CheckRow($0) } + notChecked.map { CheckRow($0) } }

    /// `{"startedAt", "durationMs", "checked", "up", "down", "timedOut", "inMaintenance", "endpoints": [the results],
    /// "suites": [those of suites], "notChecked": [{"kind", "name", "group"?, "line"?, "reason"}]}`; every endpoint
    /// and every suite counts in one state, the steps of suites in none.
    public var json: JSONValue {
        [
            "startedAt": .string(startedAt.iso8601(fractionDigits: 3)), "durationMs": .double(duration.inMilliseconds),
            "checked": .init(results.count), "up": .init(count(.up)), "down": .init(count(.down)),
            "timedOut": .init(count(.timedOut)), "inMaintenance": .init(count(.inMaintenance)),
            "endpoints": .array(results.filter { !$0.isSuite }.map(\.json)),
            "suites": .array(results.filter(\.isSuite).map(\.json)), "notChecked": .array(notChecked.map(\.json)),
        ]
    }

    /// ``json`` as text in one line; invisible characters, which could command a terminal or turn text around, are
    /// `\u` escapes.
    public var jsonText: String {
        var text = ""
        for scalar in json.description.unicodeScalars {
            if scalar.isInvisible {  // only in strings; the rest of JSON is ASCII
                text += String(scalar).utf16.map { "\\u" + [UInt8($0 >> 8), UInt8($0 & 0xFF)].hex }.joined()
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private func count(_ state: CheckRow.State) -> Int { results.count { $0.state == state } }
}

extension CheckReport {
    /// The report as JUnit XML, as CI systems read it: a test suite for each group, a test case for each endpoint; a
    /// suite is a test suite by itself, with a test case for each step.
    ///
    /// Down is a failure, timed out is an error. An endpoint that is not up in a maintenance window is skipped, and so
    /// is a step that did not run and what of the file is not checked.
    public var junit: String {
        var groups: [String] = []
        var suites: [String: (results: [CheckResult], notChecked: [UncheckedEntry])] = [:]
        func add(to group: String?, _ change: (inout (results: [CheckResult], notChecked: [UncheckedEntry])) -> Void) {
            let group = group ?? "endpoints"
            if suites[group] == nil { groups.append(group) }
            change(&suites[group, default: ([], [])])
        }
        for result in results {
            add(to: result.isSuite ? "suite \(result.displayName)" : result.group) { $0.results += result.testCases }
        }
        for entry in notChecked { add(to: entry.group) { $0.notChecked.append(entry) } }
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
        lines.append(
            "<testsuites name=\"tocsin\"\(Self.totals(of: results.flatMap(\.testCases), notChecked)) "
                + "time=\"\(duration.inSeconds)\">")
        for group in groups {
            let (results, notChecked) = suites[group] ?? ([], [])
            let time = results.reduce(Duration.zero) { $0 + $1.duration }
            lines.append(
                "  <testsuite name=\"\(group.xml)\"\(Self.totals(of: results, notChecked)) time=\"\(time.inSeconds)\" "
                    + "timestamp=\"\(startedAt.iso8601)\">")
            lines += results.map { Self.testCase($0, in: group) } + notChecked.map { Self.testCase($0, in: group) }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>", ""]).joined(separator: "\n")
    }

    private static func totals(of results: [CheckResult], _ notChecked: [UncheckedEntry]) -> String {
        func count(_ state: CheckRow.State) -> Int { results.count { $0.state == state } }
        return " tests=\"\(results.count + notChecked.count)\" failures=\"\(count(.down))\" "
            + "errors=\"\(count(.timedOut))\" "
            + "skipped=\"\(count(.inMaintenance) + count(.skipped) + notChecked.count)\""
    }

    private static func testCase(_ entry: UncheckedEntry, in group: String) -> String {
        "    <testcase classname=\"\(group.xml)\" name=\"\(entry.shortTitle.xml)\" time=\"0\">"
            + "<skipped message=\"not checked: \(entry.reason.xml)\"/></testcase>"
    }

    private static func testCase(_ result: CheckResult, in group: String) -> String {
        let start =
            "    <testcase classname=\"\(group.xml)\" name=\"\(result.name.xml)\" time=\"\(result.duration.inSeconds)\""
        let row = CheckRow(result)
        let first = (row.problems.first ?? "").xml
        let text = (row.problems + row.notes).map(\.xml).joined(separator: "\n")
        let outcome: String
        switch row.state {
        case .up: return start + "/>"
        case .down: outcome = "<failure type=\"down\" message=\"\(first)\">\(text)</failure>"
        case .timedOut: outcome = "<error type=\"timed-out\" message=\"\(first)\">\(text)</error>"
        case .inMaintenance: outcome = "<skipped message=\"in maintenance: \(first)\"/>"
        case .notChecked: outcome = "<skipped message=\"not checked: \(first)\"/>"
        case .skipped: outcome = "<skipped message=\"\((row.notes.first ?? "").xml)\"/>"
        }
        return "\(start)>\(outcome)</testcase>"
    }
}

extension Duration {
    /// Seconds, to the millisecond.
    fileprivate var inSeconds: Double { inMilliseconds.rounded() / 1_000 }
}

extension String {
    /// The text for XML 1.0, for attributes too; characters that it cannot have are replaced.
    fileprivate var xml: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\t", "\n", "\r": text += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
            case _ where scalar.isInvisible: text += "&#\(scalar.value);"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

/// The row of an endpoint or a suite in a table of results.
public struct CheckRow: Sendable, Hashable {
    /// How the check ended.
    public enum State: Sendable, Hashable {
        /// All conditions are met.
        case up
        /// A condition is not met, or the check failed.
        case down
        /// There was no time to end the check.
        case timedOut
        /// Not up, in a maintenance window.
        case inMaintenance
        /// No endpoint but a part of the file that is not checked.
        case notChecked
        /// A step of a suite that did not run.
        case skipped
    }

    /// `group/name`, or the name alone; the title of what is not checked.
    public let endpoint: String
    /// How the check ended.
    public let state: State
    /// The HTTP status; `nil` without one.
    public let status: Int?
    /// How long the answer took; `nil` without one.
    public let responseTime: Duration?
    /// Days until the certificate expires, negative afterwards; `nil` without one.
    public let certificateDays: Int?
    /// How often it was checked.
    public let attempts: Int
    /// Why it is not up: the conditions that are not met and what went wrong.
    public let problems: [String]
    /// Remarks that are no problems, and what steps have found for their labels.
    public let notes: [String]
    /// Of a suite: its steps in their order, each with its own problems and notes.
    public let steps: [CheckRow]
    /// What happened, a line each; empty unless that was asked for.
    public let trace: [String]

    init(_ result: CheckResult) {
        endpoint = result.displayName
        state = result.state
        let measured = result.measurements
        status = measured.flatMap { $0.status >= 100 ? $0.status : nil }  // SSH checks have 0 or 1
        responseTime = measured.flatMap { $0.isConnected ? $0.responseTime : nil }
        certificateDays = measured?.certificateExpiration.map { Int($0.days.rounded(.down)) }
        attempts = result.attempts
        problems = result.problems
        notes = result.notes + result.captures.map { "\($0.name): \($0.value)" }
        trace = result.trace
        steps = (result.steps ?? []).map { step in
            var step = step
            step.group = nil
            return CheckRow(step)
        }
    }

    init(_ entry: UncheckedEntry) {
        endpoint = entry.title
        state = .notChecked
        (status, responseTime, certificateDays, attempts) = (nil, nil, nil, 0)
        (problems, notes, trace, steps) = ([entry.reason], [], [], [])
    }
}

extension CheckResult {
    /// The state that all outputs show: an endpoint that is not up in a maintenance window is in maintenance.
    var state: CheckRow.State {
        switch outcome {
        case .up: .up
        case .down: isInMaintenance ? .inMaintenance : .down
        case .timedOut: isInMaintenance ? .inMaintenance : .timedOut
        case .skipped: .skipped
        }
    }

    /// Why the endpoint is not up; never empty when it is not.
    var problems: [String] {
        guard !isUp, outcome != .skipped else { return [] }
        let shown = errors + failedConditions
        return shown.isEmpty ? ["a condition is not met, and the endpoint's ui hides which"] : shown
    }
}

extension UptimeRun {
    /// `$NAME`s in the file that are not set, each with its line.
    public var unsetVariables: [String] { configuration.unsetVariables }

    /// The keys of the endpoints and suites with one of the names and in one of the groups, for
    /// ``results(named:until:each:)``.
    /// - Parameters:
    ///   - names: names, `group/name`s or Gatus's keys; empty for all that are enabled.
    ///   - groups: empty for all.
    /// - Throws: `UptimeCheckerError` when that leaves none, or there is none of a name or in a group.
    public func keys(named names: [String], inGroups groups: [String]) throws(UptimeCheckerError) -> [String] {
        if let reason = configuration.nothingToCheck { throw UptimeCheckerError(.wrongConfiguration, reason) }
        let candidates = try configuration.selection(named: names)
        if let shard = configuration.shard, names.isEmpty, candidates.count == 0 {
            throw UptimeCheckerError(.unknownEndpoint, "shard \(shard) has no endpoint or suite of the file")
        }
        if let group = groups.first(where: { !configuration.hasGroup($0) }) {
            throw UptimeCheckerError(.unknownEndpoint, "no endpoint or suite is in the group \"\(group)\"")
        }
        let chosen = candidates.inGroups(groups)
        guard chosen.count > 0 else {
            throw UptimeCheckerError(
                .unknownEndpoint,
                !names.isEmpty
                    ? "no endpoint or suite with the name is in the group"
                    : groups.isEmpty
                        ? "no endpoint or suite is enabled"
                        : "no endpoint or suite of the group is enabled")
        }
        return chosen.keys
    }
}
