import Basics
import Experiments
import JSON
import TextTables

/// What the live view of a running experiment shows; built from the run's events.
struct RunDisplay: Sendable {
    /// One activity of the method or the rollbacks.
    fileprivate struct Row: Sendable {
        enum State: Sendable {
            case waiting, running, done, failed, broken, skipped
        }

        let name: String
        let kind: String
        let place: RunEvent.Place
        var state = State.waiting
        var start: Timestamp?
        var duration: Double?
        var detail = ""
    }

    private let run: String
    private var title = ""
    private var phase = "starting"
    private var rows: [Row]
    private var start: Timestamp?
    private var pause: (text: String, end: Timestamp)?
    private var checks: [RunEvent.Phase: String] = [:]
    private var iterations = 0
    private var unmet = 0
    private var probes: [String: String] = [:]
    private var probeOrder: [String] = []
    private var interruption: String?
    /// The last warnings and errors.
    private var notes: [String] = []
    private let rollbackCount: Int

    /// The view of a run that has not begun.
    /// - Parameter run: its id, with which other terminals name it.
    init(_ experiment: Experiment, run: String) {
        self.run = run
        func rows(_ activities: [Activity], _ place: RunEvent.Place) -> [Row] {
            activities.map { activity in
                let kind = activity.kind.rawValue + (activity.isBackground ? ", background" : "")
                return Row(name: activity.name, kind: kind, place: place)
            }
        }
        self.rows = rows(experiment.method, .method) + rows(experiment.rollbacks, .rollbacks)
        rollbackCount = experiment.rollbacks.count
    }

    /// Takes an event into the view.
    mutating func take(_ event: RunEvent, at time: Timestamp) {
        switch event {
        case .started(let title): (self.title, start) = (title, time)
        case .hypothesisStarted(let phase, _):
            if phase != .during { self.phase = "checking the steady state \(phase.rawValue) the method" }
        case .hypothesisCompleted(let phase, let iteration, let state): takeCheck(phase, iteration, state)
        case .methodStarted: phase = "playing the method"
        case .rollbacksStarted: phase = "playing the rollbacks"
        case .methodCompleted, .rollbacksCompleted: phase = "finishing"
        case .pauseStarted(let activity, let duration, let isBefore, let isSkipped):
            if !isSkipped { pause = ("pause \(isBefore ? "before" : "after") \(activity.name)", time + duration) }
        case .activityStarted(let activity, let place):
            if !activity.isBackground { pause = nil }
            guard let index = rows.firstIndex(where: { $0.matches(activity, place, .waiting) }) else { break }
            (rows[index].state, rows[index].start) = (.running, time)
        case .activityCompleted(let activity, let place, let record):
            guard let index = rows.firstIndex(where: { $0.matches(activity, place, .running) }) else { break }
            rows[index].take(record)
        case .interrupted(let reason): interruption = reason.text
        case .message(let level, let text):
            if [.warning, .error, .critical].contains(level) { notes = notes.suffix(3) + [text] }
        case .finished(let journal):
            pause = nil
            let status = journal["deviated"] == true ? "deviated" : journal["status"]?.stringValue ?? ""
            phase = "ended: \(status)"
            for index in rows.indices where rows[index].state == .waiting { rows[index].state = .skipped }
        }
    }

    private mutating func takeCheck(_ phase: RunEvent.Phase, _ iteration: Int?, _ state: JSONValue?) {
        let isMet = state?["steady_state_met"]?.boolValue
        if let iteration {
            iterations = iteration
            if isMet == false { unmet += 1 }
        } else {
            checks[phase] = isMet.map { $0 ? "met" : "not met" } ?? "unknown"
        }
        for probe in state?["probes"]?.arrayValue ?? [] {
            let name = probe["activity"]?["name"]?.stringValue ?? ""
            if probes[name] == nil { probeOrder.append(name) }
            let verdict = probe["tolerance_met"] == true ? "ok" : "outside"
            let output = probe["output"] ?? .null
            probes[name] = "\(verdict)  \(output["status"] ?? output)"
        }
    }

    /// The lines, none wider than `width`; rows that do not fit are counted.
    func lines(now: Timestamp, width: Int, height: Int, colour: Bool) -> [String] {
        let elapsed = start.map { Duration.seconds((now - $0).components.seconds).text } ?? ""
        var lines = [title.printable.cut(to: width), "\(phase), \(elapsed)".cut(to: width), run.cut(to: width)]
        if let pause {
            // Rounded up: a pause that still lasts never shows nothing.
            let left = Duration.seconds(max(0, (pause.end - now + .milliseconds(999)).components.seconds))
            lines.append("\(pause.text.printable): \(left.text) left".cut(to: width))
        }
        if let interruption { lines.append("interrupted: \(interruption.printable)".cut(to: width)) }
        let foot = foot(width: width)
        let room = max(4, height - lines.count - foot.count - 3)
        lines += [""] + table(now: now, room: room).lines(width: width, colour: colour) + foot
        return lines
    }

    private func foot(width: Int) -> [String] {
        var lines: [String] = []
        var states = [RunEvent.Phase.before, .after].compactMap { phase in
            checks[phase].map { "\(phase.rawValue): \($0)" }
        }
        if iterations > 0 {
            states.insert("during: \(counted(iterations, "check")), \(unmet) not met", at: min(1, states.count))
        }
        if !states.isEmpty { lines.append("steady state  " + states.joined(separator: " · ")) }
        lines += probeOrder.prefix(6).map { "  \($0)  \(probes[$0] ?? "")" }
        lines += notes.map { "! \($0)" }
        if !phase.hasPrefix("ended") {
            lines.append("Ctrl-C ends it and plays \(counted(rollbackCount, "rollback")).")
        }
        return [""] + lines.map { $0.printable.cut(to: width) }
    }

    /// The table of activities: when there are too many, those around the one that runs.
    private func table(now: Timestamp, room: Int) -> Table {
        let columns: [Table.Column] = [
            .init("ACTIVITY"), .init("STATE"), .init("TIME", rightAligned: true, dropOrder: 2),
            .init("KIND", dropOrder: 3),
            .init("RESULT", dropOrder: 1),
        ]
        var first = 0
        if rows.count > room {
            let current = rows.firstIndex { $0.state == .running } ?? rows.lastIndex { $0.state != .waiting } ?? 0
            first = max(0, min(current - room / 2, rows.count - room + 1))
        }
        let shown = rows[first..<min(rows.count, first + (rows.count > room ? room - 1 : room))]
        var cells = shown.map { $0.cells(now: now) }
        if shown.count < rows.count {
            cells.append([.init("… \(rows.count - shown.count) more", .faint), "", "", "", ""])
        }
        return Table(columns, rows: cells)
    }
}

extension RunDisplay.Row {
    func matches(_ activity: Activity, _ place: RunEvent.Place, _ state: State) -> Bool {
        self.state == state && self.place == place && name == activity.name
    }

    mutating func take(_ record: JSONObject) {
        duration = record["duration"]?.doubleValue
        let output = record["output"] ?? .null
        switch record["status"] {
        case "succeeded":
            state = .done
            detail = "\(output["status"] ?? output)"
        case "failed":
            state = .failed
            detail = record["exception"]?[0]?.stringValue.map { String($0.trimmingWhitespace) } ?? ""
        default: state = .broken
        }
    }

    func cells(now: Timestamp) -> [Table.Cell] {
        let seconds = duration ?? start.map { Double((now - $0).components.seconds) }
        let time = seconds.map { Duration.milliseconds(Int64($0 * 1_000)).text } ?? ""
        let (word, style): (String, Style) =
            switch state {
            case .waiting: ("waiting", .faint)
            case .running: ("running", .heading)
            case .done: ("done", .good)
            case .failed: ("failed", .bad)
            case .broken: ("not ended", .bad)
            case .skipped: ("not played", .faint)
            }
        let label = place == .rollbacks ? "rollback: \(name)" : name
        return [.init(label), .init(word, style), .init(time), .init(kind), .init(detail.cut(to: 60))]
    }
}
