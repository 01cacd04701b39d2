import Basics
import JSON
import Notifier
import TextTables

/// The result of `tocsin notify test`, as text and as JSON.
struct RoutingTest {
    /// A notification of an event, and what is wrong with where it goes.
    struct Row {
        let event: String
        let entry: RoutingTrace.Entry
        let failures: [String]
    }

    private(set) var rows: [Row] = []
    /// Events in which nothing was.
    private(set) var empty: [String] = []

    /// Adds the notifications of an event.
    /// - Parameter expectations: what has to be true of each of them.
    mutating func add(_ event: String, _ trace: RoutingTrace, _ expectations: [RoutingExpectation]) {
        if trace.entries.isEmpty { empty.append(event) }
        for entry in trace.entries {
            var failures = expectations.flatMap { $0.failures(of: entry) }
            if let problem = entry.problem { failures.insert("not understood: \(problem)", at: 0) }
            if entry.destinations.isEmpty, !expectations.contains(where: \.expectsNobody) {
                failures.append("it reaches nobody")
            }
            rows.append(Row(event: event, entry: entry, failures: failures))
        }
    }

    var isPassed: Bool { empty.isEmpty && rows.allSatisfy(\.failures.isEmpty) }
}

// MARK: - As text

extension RoutingTest {
    /// A table of who gets what, then why.
    /// - Parameter width: of the terminal; nil for no limit.
    func text(width: Int?, colour: Bool) -> String {
        var lines = table(width: width).lines(width: width, colour: colour)
        for row in rows { lines += [""] + explanation(of: row, width: width ?? 200, colour: colour) }
        for event in empty {
            lines += [""] + "\(event): nothing is in it, no notification".wrapped(to: width ?? 200, indent: 4)
        }
        let failed = rows.count { !$0.failures.isEmpty } + empty.count
        let sum = "\(counted(rows.count, "notification")), \(failed) not as it should be. Nothing was sent."
        lines += [""] + sum.wrapped(to: width ?? 200, indent: 2)
        return lines.joined(separator: "\n")
    }

    private func table(width: Int?) -> Table {
        let hasSeveral = Set(rows.map(\.event)).count > 1
        var table = Table(
            [
                .init("NOTIFICATION"), .init("GOES TO"), .init("SEVERITY", dropOrder: 1),
                .init("EVENT", dropOrder: 2), .init("READ AS", dropOrder: 3),
            ],
            narrowestFirstColumn: 20,
            rows: rows.map { row -> [Table.Cell] in
                let reached = row.entry.destinations.map(\.output).joined(separator: ", ")
                // What follows the first column is never cut by the table itself.
                let place = (reached.isEmpty ? "nobody" : reached).cut(to: max(8, (width ?? 200) / 3))
                let severity = row.entry.destinations.first?.severity ?? row.entry.severity
                return [
                    .init(row.entry.title), row.failures.isEmpty ? .init(place) : .init(place, .bad),
                    .init(severity.rawValue), .init(row.event), .init(row.entry.format),
                ]
            })
        if !hasSeveral {
            table.columns.remove(at: 3)
            for index in table.rows.indices { table.rows[index].remove(at: 3) }
        }
        return table
    }

    private func explanation(of row: Row, width: Int, colour: Bool) -> [String] {
        let entry = row.entry
        let state = entry.state.map { ", state \($0)" } ?? ""
        var lines = "\(row.event): \(entry.title) (\(entry.format), source \(entry.source)\(state))"
            .wrapped(to: width, indent: 4)
        lines = lines.enumerated().map { $0.offset == 0 && colour ? Style.heading.applied(to: $0.element) : $0.element }
        for route in entry.routes { lines += route.sentence.indented(width, by: 2, indent: 6) }
        let places = entry.destinations.map { destination in
            let calls = destination.mentions.isEmpty ? "" : " calling \(destination.mentions.joined(separator: ", "))"
            let title = destination.title == entry.title ? "" : " as “\(destination.title)”"
            let fate = destination.fate == "sent" ? "" : ", \(destination.fate)"
            return
                "\(destination.output) (\(destination.kind), \(destination.severity.rawValue))\(title)\(calls)\(fate)"
        }
        let sum = places.isEmpty ? "Nobody gets it." : "Goes to " + places.joined(separator: "; ") + "."
        lines += sum.indented(width, by: 2, indent: 6)
        for note in entry.notes { lines += "Note: \(note).".indented(width, by: 2, indent: 6) }
        for failure in row.failures {
            let wrapped = "FAILED: \(failure)".indented(width, by: 2, indent: 6)
            lines += colour ? wrapped.map { Style.bad.applied(to: $0) } : wrapped
        }
        return lines
    }
}

extension String {
    /// Wrapped, with so many spaces before the first line and more before the others.
    fileprivate func indented(_ width: Int, by first: Int, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: first)
        return wrapped(to: max(12, width - first), indent: indent - first).map { margin + $0 }
    }
}

extension RoutingTrace.Route {
    /// `route 2 (line 9) does not match: source is cloudwatch-alarm, not ec2 or ecs`.
    fileprivate var sentence: String {
        guard let number else { return "default: \(effect)" }
        let name = "route \(number)" + (line.map { " (line \($0))" } ?? "")
        guard isMatch else {
            let reason = conditions.first { !$0.holds }?.miss ?? ""
            return "\(name) does not match: \(reason)"
        }
        let reasons = conditions.map(\.hit).joined(separator: "; ")
        return "\(name) matches\(reasons.isEmpty ? " everything" : ": \(reasons)") → \(effect)"
    }

    private var effect: String {
        var parts = changes.isEmpty ? [] : ["sets \(changes.joined(separator: ", "))"]
        if drops { parts.append("dropped") }
        if !outputs.isEmpty {
            let calls = mentions.isEmpty ? "" : ", calling \(mentions.joined(separator: ", "))"
            parts.append("to \(outputs.joined(separator: ", "))\(calls)")
        }
        if goesOn { parts.append("goes on") }
        return parts.isEmpty ? "nobody" : parts.joined(separator: "; ")
    }
}

extension RoutingTrace.Condition {
    /// `source is cloudwatch-alarm, not ec2 or ecs`.
    fileprivate var miss: String {
        let wanted = wanted.joined(separator: " or ")
        if found.isEmpty { return "there is no \(key), wanted is \(wanted)" }
        let value = values
        return key == "at-least" ? "severity is \(value), less than \(wanted)" : "\(key) is \(value), not \(wanted)"
    }

    /// `region is eu-central-1 (/^eu-/)`.
    fileprivate var hit: String {
        if key == "at-least" { return "severity is \(values), at least \(wanted.joined())" }
        return wanted == found ? "\(key) is \(values)" : "\(key) is \(values) (\(wanted.joined(separator: " or ")))"
    }

    private var values: String {
        let shown = found.prefix(5).map { $0.cut(to: 120) }.joined(separator: ", ")
        return found.count > 5 ? "\(shown) and \(found.count - 5) more" : shown
    }
}

// MARK: - As JSON

extension RoutingTest {
    var json: JSONValue {
        [
            "passed": .bool(isPassed), "notifications": .array(rows.map(\.json)),
            "empty": .array(empty.map { .string($0) }),
        ]
    }
}

extension RoutingTest.Row {
    fileprivate var json: JSONValue {
        [
            "event": .string(event), "record": .string(entry.record), "format": .string(entry.format),
            "source": .string(entry.source), "title": .string(entry.title),
            "severity": .string(entry.severity.rawValue), "state": entry.state.map { .string($0) } ?? .null,
            "problem": entry.problem.map { .string($0) } ?? .null,
            "routes": .array(entry.routes.map(\.json)),
            "outputs": .array(
                entry.destinations.map { destination in
                    [
                        "name": .string(destination.output), "kind": .string(destination.kind),
                        "title": .string(destination.title), "severity": .string(destination.severity.rawValue),
                        "mentions": .strings(destination.mentions), "fate": .string(destination.fate),
                    ]
                }),
            "notes": .strings(entry.notes), "failures": .strings(failures),
        ]
    }
}

extension RoutingTrace.Route {
    fileprivate var json: JSONValue {
        [
            "route": number.map { JSONValue($0) } ?? "default", "line": line.map { JSONValue($0) } ?? .null,
            "matches": .bool(isMatch),
            "conditions": .array(
                conditions.map { condition in
                    [
                        "key": .string(condition.key), "wanted": .strings(condition.wanted),
                        "found": .strings(condition.found), "holds": .bool(condition.holds),
                    ]
                }),
            "outputs": .strings(outputs), "drops": .bool(drops), "mentions": .strings(mentions),
            "sets": .strings(changes), "goesOn": .bool(goesOn),
        ]
    }
}

extension JSONValue {
    fileprivate static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
