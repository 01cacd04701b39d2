import Basics
import FargateAdjuster
import TextTables

/// What the live view of an adjustment shows; built from what the run tells.
struct DeploymentDisplay: Sendable {
    /// One service.
    fileprivate struct Row: Sendable {
        let component: String
        var progress = 0
        var message = "waiting for its turn"
        var deployment: DeploymentStatus?
        var hasBegun = false
        /// Whether its deployment has failed, so that the former values are on their way.
        var isGoingBack = false
        /// Since when nothing has moved.
        var since: Timestamp?
    }

    private let run: String
    private let start: Timestamp
    private var rows: [Row]
    /// The run as a whole.
    private var message: String?
    private var isCancelled = false
    private var isOver = false

    /// The view of a run that has not begun.
    /// - Parameter components: in the order in which they are adjusted.
    init(run: String, components: [String], at start: Timestamp) {
        (self.run, self.start) = (run, start)
        rows = components.map { Row(component: $0) }
    }

    /// Takes what the run tells into the view.
    mutating func take(_ progress: AdjustmentProgress, at time: Timestamp) {
        guard let component = progress.component else {
            message = progress.message
            return
        }
        let index = rows.firstIndex { $0.component == component } ?? rows.endIndex
        if index == rows.endIndex { rows.append(Row(component: component)) }
        rows[index].take(progress, at: time)
    }

    /// From now on the view says that a signal has ended the run.
    mutating func goBack() {
        isCancelled = true
        for index in rows.indices { rows[index].isGoingBack = true }
    }

    /// From now on the view says nothing of what could still be done.
    mutating func end() { isOver = true }

    /// Each service and how far it is, for the message that a run was left.
    var summary: [String] {
        rows.filter(\.hasBegun).map { "\($0.component) (\($0.progress) %: \($0.message))" }
    }

    /// The lines, none wider than `width`, as many as `height` where that is possible.
    func lines(now: Timestamp, width: Int, height: Int, colour: Bool) -> [String] {
        let title = rows.count == 1 ? rows[0].component : counted(rows.count, "service")
        let isGoingBack = isCancelled || rows.contains(where: \.isGoingBack)
        let verb = isGoingBack ? "Going back with" : "Adjusting"
        var head = [styled("\(verb) \(title.printable), \(seconds(now - start))".cut(to: width), .heading, colour)]
        head.append(styled("run \(run)".cut(to: width), .faint, colour))
        if let message { head += message.wrapped(to: width, indent: 2).prefix(2) }
        let foot = isOver ? [] : [""] + foot(isGoingBack).wrapped(to: width, indent: 0)
        let room = height - head.count - foot.count - 2
        let blocks = rows.map { $0.block(now: now, width: width, colour: colour) }
        let size = blocks.reduce(0) { $0 + $1.count } + blocks.count - 1
        let body = size <= room ? Array(blocks.joined(separator: [""])) : table(now, width, max(2, room), colour)
        return head + [""] + body + foot
    }

    private func foot(_ isGoingBack: Bool) -> String {
        let leaving = "leaves at once, half done; `tocsin fargate recover` goes on then."
        if isCancelled { return "A further Ctrl-C \(leaving)" }
        return isGoingBack ? "Ctrl-C twice \(leaving)" : "Ctrl-C goes back to the former values."
    }

    /// A line for each service, those that are under way first where not all have room.
    private func table(_ now: Timestamp, _ width: Int, _ room: Int, _ colour: Bool) -> [String] {
        let columns: [Table.Column] = [
            .init("SERVICE"), .init("DONE", rightAligned: true), .init("NEW", rightAligned: true, dropOrder: 1),
            .init("OLD", rightAligned: true, dropOrder: 3), .init("FAILED", rightAligned: true, dropOrder: 2),
            .init("TARGETS", rightAligned: true, dropOrder: 4), .init("TRAFFIC", rightAligned: true, dropOrder: 5),
            .init("STAGE", dropOrder: 6),
        ]
        let isWhole = rows.count + 1 <= room
        let underWay = rows.filter(\.isUnderWay)
        let ordered = isWhole ? rows : underWay + rows.filter { !$0.isUnderWay }
        let shown = isWhole ? rows.count : max(1, room - 2)
        var lines = Table(columns, rows: ordered.prefix(shown).map(\.cells)).lines(width: width, colour: colour)
        if shown < rows.count { lines.append("… \(rows.count - shown) more".cut(to: width)) }
        for row in underWay.prefix(max(0, room - lines.count)) {
            lines.append("\(row.component): \(row.message)".printable.cut(to: width))
        }
        return lines
    }
}

/// A length of time in whole seconds.
private func seconds(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    return seconds == 0 ? "0 s" : Duration.seconds(seconds).text
}

private func styled(_ text: String, _ style: Style, _ colour: Bool) -> String {
    colour ? style.applied(to: text) : text
}

extension DeploymentDisplay.Row {
    /// Whether it has begun and not ended.
    var isUnderWay: Bool { hasBegun && progress < 100 }

    mutating func take(_ progress: AdjustmentProgress, at time: Timestamp) {
        let hasMoved = progress.message != message || progress.deployment?.counts != deployment?.counts
        if hasMoved || since == nil { since = time }
        (self.progress, message, deployment) = (progress.progress, progress.message, progress.deployment)
        hasBegun = true
        if [.failed, .rollingBack, .rolledBack, .superseded].contains(deployment?.phase) { isGoingBack = true }
    }

    /// The service in some lines, with everything that is known of its deployment.
    func block(now: Timestamp, width: Int, colour: Bool) -> [String] {
        let number = "\(progress) %".leftPadding(to: 5)
        let stage = deployment.map { "  \($0.stageText)" } ?? ""
        let name = component.printable.cut(to: max(8, width - 30))
        let size = max(8, min(30, width - name.displayWidth - 9 - min(stage.displayWidth, 20)))
        let filled = size * min(100, max(0, progress)) / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: size - filled)
        let left = width - name.displayWidth - 2 - size - 1 - number.displayWidth
        let head =
            styled(name, .heading, colour) + "  " + styled(bar, style, colour) + " " + number
            + styled(stage.printable.cut(to: max(0, left)), style, colour)
        return [head]
            + facts(now: now).flatMap { label, text in
                text.wrapped(to: max(16, width - 11), indent: 0).prefix(6).enumerated().map { index, line in
                    let line = label == "cause" ? styled(line, .bad, colour) : line
                    return "  " + (index == 0 ? label : "").padding(to: 9) + line
                }
            }
    }

    private func facts(now: Timestamp) -> [(String, String)] {
        var facts: [(String, String)] = []
        if let deployment {
            var tasks = ["\(deployment.running) of \(deployment.desired) \(isGoingBack ? "" : "new ")run"]
            if deployment.others > 0 { tasks.append("\(deployment.others) \(isGoingBack ? "others" : "old")") }
            if deployment.failedTasks > 0 { tasks.append("\(deployment.failedTasks) failed") }
            facts.append(("tasks", tasks.joined(separator: " · ")))
            if let healthy = deployment.healthyTargets {
                facts.append(("targets", "\(healthy) healthy, \(deployment.desired) needed"))
            }
            if let weight = deployment.trafficWeight {
                facts.append(("traffic", "\(Int(weight.rounded())) % to the new revision"))
            }
        }
        let unmoved = since.map { now - $0 } ?? .zero
        let stands = isUnderWay && unmoved >= .seconds(30) ? " (unchanged for \(seconds(unmoved)))" : ""
        // The message of a failure often has the cause, too.
        let cause = deployment?.cause?.text
        let brief = cause.map { message.replacing(": \($0)", with: "").replacing($0, with: "") } ?? message
        let reason = withoutCounts(brief)
        if !reason.isEmpty { facts.append(("now", reason + stands)) }
        if let cause { facts.append(("cause", cause)) }
        let denied = deployment?.denied ?? []
        if !denied.isEmpty { facts.append(("unseen", "denied: \(denied.joined(separator: ", "))")) }
        return facts
    }

    /// What a message says besides the counts that stand above it: in a narrow terminal the reason has the room.
    private func withoutCounts(_ message: String) -> String {
        guard let deployment, let end = message.firstRange(of: "; "),
            message[..<end.lowerBound].contains("new \(deployment.running)/\(deployment.desired) running")
        else { return message }
        return String(message[end.upperBound...])
    }

    private var style: Style {
        switch deployment?.phase {
        case .failed, .rollingBack, .superseded, .gone: .bad
        case .succeeded where !isGoingBack: .good
        default: isGoingBack ? .bad : .plain
        }
    }

    var cells: [Table.Cell] {
        let deployment = deployment
        func text(_ value: (DeploymentStatus) -> String?) -> String { deployment.flatMap(value) ?? "" }
        return [
            .init(component, style), .init(hasBegun ? "\(progress) %" : "–"),
            .init(text { "\($0.running)/\($0.desired)" }), .init(text { "\($0.others)" }),
            .init(text { "\($0.failedTasks)" }, (deployment?.failedTasks ?? 0) > 0 ? .bad : .plain),
            .init(text { status in status.healthyTargets.map { "\($0)/\(status.desired)" } }),
            .init(text { status in status.trafficWeight.map { "\(Int($0.rounded())) %" } }),
            .init(text { $0.stageText }),
        ]
    }
}

extension DeploymentStatus {
    /// What must change for something to have moved.
    fileprivate var counts: [Int] {
        [running, desired, others, failedTasks, healthyTargets ?? -1, Int(trafficWeight ?? -1)]
    }

    /// The stage of ECS in words, else the phase.
    fileprivate var stageText: String {
        if let stage { return stage.lowercased().replacing("_", with: " ") }
        return switch phase {
        case .running: "deploying"
        case .succeeded: "done"
        case .failed: "failed"
        case .rollingBack: "ECS takes it back"
        case .rolledBack: "taken back"
        case .superseded: "superseded"
        case .gone: "gone"
        }
    }
}

extension String {
    fileprivate func leftPadding(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - displayWidth)) + self
    }
}

/// The lines of an adjustment where nothing can be redrawn: one for each change, and one every 30 seconds without.
struct DeploymentLog: Sendable {
    private static let silence = Duration.seconds(30)

    private var last: [String: (text: String, time: Timestamp)] = [:]

    /// The line for what the run tells; nil where it would repeat the one before.
    mutating func line(_ progress: AdjustmentProgress, at time: Timestamp) -> String? {
        let key = progress.component ?? ""
        let subject = progress.component.map { "\($0) \("\(progress.progress) %".leftPadding(to: 5))  " } ?? ""
        let text = "\(subject)\(progress.message)".printable
        if let last = last[key], last.text == text, time - last.time < Self.silence { return nil }
        last[key] = (text, time)
        return "[\(time.iso8601(fractionDigits: 0))] \(text)"
    }
}
