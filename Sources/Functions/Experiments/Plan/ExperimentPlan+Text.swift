import Basics
import JSON
import TextTables

extension ExperimentPlan {
    /// How many targets of one activity are listed.
    private static let maximumTargets = 20

    /// The plan for people.
    /// - Parameters:
    ///   - width: the longest line, in terminal columns.
    ///   - colour: whether to use terminal colours.
    public func lines(width: Int = 100, colour: Bool = false) -> [String] {
        var lines = [title.printable.cut(to: width), ""]
        lines += table.lines(width: width, colour: colour)
        let hits = steps.filter { !$0.targets.isEmpty }
        if !hits.isEmpty { lines += ["", "Would hit"] + hits.flatMap { Self.targets($0, width) } }
        lines += section(
            "Requests", steps.compactMap { step in step.request.map { "\(step.name): \($0)" } }, width)
        lines += section(
            "Runs scripts",
            steps.filter { !$0.scripts.isEmpty }.map { "\($0.name): \($0.scripts.joined(separator: ", "))" }, width)
        let irreversible = steps.filter(\.isIrreversible).map(\.name)
        lines += section("Nothing undoes", irreversible, width)
        lines += section(
            "Not known", steps.compactMap { step in step.failure.map { "\(step.name): \($0)" } }, width)
        lines += section("Refused", refusals.map(\.description), width)
        lines += section("Costs", [timeText, costText], width)
        return lines
    }

    private var table: Table {
        let columns: [Table.Column] = [
            .init("ACTIVITY"), .init("PHASE", dropOrder: 3), .init("DOES", dropOrder: 4), .init("TARGETS"),
            .init("UNDO"), .init("PAUSE", rightAligned: true, dropOrder: 2), .init("", dropOrder: 1),
        ]
        let rows = steps.map { step -> [Table.Cell] in
            let notes = [step.isBackground ? "background" : nil, step.needsApproval ? "approval" : nil]
            let undo = step.undo != nil ? "yes" : step.isIrreversible ? "none" : ""
            return [
                .init(step.name), .init(step.phase.rawValue, .faint), .init(step.provider),
                .init(step.targetText, step.failure == nil ? .plain : .bad),
                .init(undo, step.isIrreversible ? .bad : .plain),
                .init(step.pause.map { $0 == .zero ? "" : $0.text } ?? "?"),
                .init(notes.compactMap(\.self).joined(separator: ", ")),
            ]
        }
        return Table(columns, rows: rows)
    }

    private static func targets(_ step: Step, _ width: Int) -> [String] {
        let undo = step.undo.map { "\(step.name), undone: \($0)" } ?? step.name
        let title = undo.printable.wrapped(to: max(20, width) - 2).map { "  " + $0 }
        let targets = step.targets.prefix(maximumTargets)
        var rows = targets.map { target -> [Table.Cell] in
            let tags = target.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            return [.init(target.id), .init("\(target.kind) \(target.region)"), .init(tags.cut(to: 60))]
        }
        var columns: [Table.Column] = [.init(""), .init(""), .init("")]
        // Ids come first: what does not fit beside the longest one is left out.
        while columns.count > 1, Table(columns, rows: rows).lines().contains(where: { $0.displayWidth > width - 4 }) {
            columns.removeLast()
            rows = rows.map { $0.dropLast() }
        }
        let rest = step.targets.count - targets.count
        return title + Table(columns, rows: rows).lines(width: max(10, width - 4)).dropFirst().map { "    " + $0 }
            + (rest > 0 ? ["    and \(rest) more"] : [])
    }

    private func section(_ title: String, _ texts: [String], _ width: Int) -> [String] {
        guard !texts.isEmpty else { return [] }
        return ["", title]
            + texts.flatMap { text in
                text.printable.wrapped(to: max(20, width) - 4).enumerated().map {
                    ($0.offset == 0 ? "  " : "    ") + $0.element
                }
            }
    }

    private var timeText: String {
        let least = time.least.map { "at least \($0.text)" } ?? "an unknown time (a pause is not known)"
        let count = steps.count { $0.timeout == nil }
        let most =
            time.most.map { ", at most \($0.text)" } ?? ", without a limit: "
            + (count == 1 ? "1 activity has" : "\(count) activities have") + " no timeout"
        return least + most
    }

    private var costText: String {
        let limit = cost.fits ? "of \(DurablePrices.maximumOperations)" : "more than \(DurablePrices.maximumOperations)"
        return "about $\(Self.dollars(cost.dollars)) as a durable function: \(cost.operations) operations (\(limit))"
    }

    /// Six digits behind the point: a run costs fractions of a cent.
    private static func dollars(_ amount: Double) -> String {
        let digits = String(Int((amount * 1e6).rounded(.up)))
        let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
        return padded.dropLast(6) + "." + padded.suffix(6)
    }
}

extension ExperimentPlan.Step {
    /// `3 of 12`; nothing for what hits nothing.
    fileprivate var targetText: String {
        if failure != nil { return "?" }
        guard !targets.isEmpty else { return kind == .action && !calls.isEmpty ? "none" : "" }
        let kinds = Dictionary(grouping: targets, by: \.kind).values
        let candidates = kinds.reduce(0) { $0 + max($1.map(\.candidates).max() ?? 0, $1.count) }
        return "\(targets.count) of \(candidates)"
    }
}

extension String {
    /// The text in lines of at most so many columns, broken at spaces; a longer word stands alone, cut.
    fileprivate func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ").map({ String($0).cut(to: width) }) {
            if let last = lines.last, last.displayWidth + 1 + word.displayWidth <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(word)
            }
        }
        return lines
    }
}
