internal import Basics
internal import JSON

/// What a run looked like over time: lanes with what was done above lanes with what was seen.
///
/// All positions are shares of the run's length, 0...1. The number of lanes and marks is bounded, however long the
/// journal is: activities share a lane by their name, and marks that would lie on each other become one.
struct Timeline: Sendable {
    /// A stretch of the run.
    struct Phase: Sendable {
        let name: String
        let range: ClosedRange<Double>
    }

    /// How something is drawn.
    enum State: String, Sendable {
        case good, bad, error, skipped
    }

    /// Something at its time.
    struct Mark: Sendable {
        var range: ClosedRange<Double>
        var state: State
        /// What a pointer that rests on it shows.
        var title: String
    }

    /// Marks that belong together, with a name.
    struct Lane: Sendable {
        enum Kind: String, Sendable {
            case hypothesis, probe, action, rollback, method
        }
        let kind: Kind
        let name: String
        /// What is behind the name: `in the background`, `14 runs`.
        let note: String
        /// Whether its marks are what was seen at a moment, and not what took a time.
        var isObservation = false
        var marks: [Mark] = []
        var pauses: [ClosedRange<Double>] = []
        /// Stretches of time with the state that was seen last.
        var stretches: [Mark] = []
        /// A probe's values by time, without those times in which it was not reached, and their least and greatest.
        var curves: [[(at: Double, value: Double)]] = []
        var valueRange: (least: String, greatest: String)?
        var isBackground = false
    }

    static let maximumLanes = 40
    static let maximumMarks = 200
    /// More marks than this are drawn as ticks, because symbols would hide each other.
    static let maximumSymbols = 60

    let start: Timestamp
    /// Seconds, more than 0.
    let length: Double
    private(set) var phases: [Phase] = []
    private(set) var lanes: [Lane] = []

    /// - Returns: nil when nothing in the journal has a time.
    init?(of run: RunJournal) {
        let activities = run.method + run.rollbacks + run.checks.flatMap(\.probes)
        let starts = activities.compactMap { activity in activity.start.map { $0 - .seconds(activity.pauses.before) } }
        guard let first = ([run.start].compactMap { $0 } + starts).min() else { return nil }
        let last = (activities.compactMap(\.end) + [run.end].compactMap { $0 }).max() ?? first
        start = first
        length = max((last - first) / .seconds(1), 0.000_001)

        addPhases(of: run)
        addHypothesis(of: run)
        addActivities(run.method, kind: .method)
        addActivities(run.rollbacks, kind: .rollback)
    }

    // MARK: Positions

    /// Where a moment is, 0...1.
    func position(_ moment: Timestamp) -> Double { min(max((moment - start) / .seconds(1) / length, 0), 1) }

    private func range(_ from: Timestamp, _ to: Timestamp) -> ClosedRange<Double> {
        let start = position(from)
        return start...max(start, position(to))
    }

    /// `+1.5 s`: the time since the start of the run.
    private func offset(_ moment: Timestamp) -> String { Text.offset((moment - start) / .seconds(1)) }

    private mutating func addPhases(of run: RunJournal) {
        func start(_ activities: [ActivityRecord]) -> Double? {
            activities.compactMap { activity in activity.start.map { position($0 - .seconds(activity.pauses.before)) } }
                .min()
        }
        let after = run.after?.start.map(position)
        let starts = [("Before", 0.0 as Double?), ("Method", start(run.method)), ("After", after)]
        var known = (starts + [("Rollbacks", start(run.rollbacks))]).compactMap { name, at in at.map { (name, $0) } }
        if run.before == nil, known.count > 1 { known.removeFirst() }
        known.sort { $0.1 < $1.1 }
        for (index, phase) in known.enumerated() {
            let end = index + 1 < known.count ? known[index + 1].1 : 1
            phases.append(Phase(name: phase.0, range: phase.1...max(phase.1, end)))
        }
    }

    // MARK: What was seen

    private mutating func addHypothesis(of run: RunJournal) {
        guard !run.checks.isEmpty else { return }
        var lane = Lane(kind: .hypothesis, name: "Steady state", note: "", isObservation: true)
        for check in run.checks {
            guard let start = check.start, let end = check.end else { continue }
            let state: State = check.hasProbeError ? .error : check.isMet == true ? .good : .bad
            let words = state == .error ? "could not be checked" : state == .good ? "met" : "not met"
            lane.marks.append(
                Mark(
                    range: range(start, end), state: state, title: "\(words) \(check.phase.rawValue), \(offset(start))")
            )
        }
        lane.stretches = stretches(lane.marks)
        lane.marks = Self.merged(lane.marks)
        lanes.append(lane)
        for name in run.probeNames.prefix(15) {
            lanes.append(probeLane(name, run.checks.map { check in check.probes.first { $0.name == name } }))
        }
    }

    /// The state that the checks have seen, each until the next check.
    private func stretches(_ checks: [Mark]) -> [Mark] {
        var stretches: [Mark] = []
        for (index, check) in checks.enumerated() {
            let end = index + 1 < checks.count ? checks[index + 1].range.lowerBound : check.range.upperBound
            let range = check.range.lowerBound...max(check.range.lowerBound, end)
            if let last = stretches.last, last.state == check.state {
                stretches[stretches.count - 1].range =
                    last.range.lowerBound...max(last.range.upperBound, range.upperBound)
            } else {
                stretches.append(Mark(range: range, state: check.state, title: check.title))
            }
        }
        return Self.merged(stretches)
    }

    /// - Parameter checks: its record in each check of the hypothesis; nil where it was not reached.
    private func probeLane(_ name: String, _ checks: [ActivityRecord?]) -> Lane {
        let values = checks.compactMap { $0 }.map { Self.number($0.output) }
        let areNumbers = !values.isEmpty && values.allSatisfy { $0 != nil }
        var lane = Lane(
            kind: .probe, name: name, note: values.isEmpty ? "not reached" : areNumbers ? "value" : "time taken",
            isObservation: true)
        var curves: [[(at: Double, value: Double)]] = [[]]
        for record in checks {
            guard let record, let start = record.start else {
                if curves.last?.isEmpty == false { curves.append([]) }
                continue
            }
            let value = Self.number(record.output)
            let isError = record.status == .failed || record.status == .aborted
            let state: State =
                record.status == .skipped ? .skipped : isError ? .error : record.toleranceMet == false ? .bad : .good
            let words = isError ? "failed" : state == .bad ? "not met" : state == .good ? "met" : "skipped"
            let seen = areNumbers ? "value \(Text.number(value ?? 0))" : Text.duration(record.duration)
            let at = position(start)
            lane.marks.append(Mark(range: at...at, state: state, title: "\(words), \(seen), \(offset(start))"))
            if let number = areNumbers ? value : record.duration { curves[curves.count - 1].append((at, number)) }
        }
        let points = curves.joined()
        if points.count > 1, let least = points.map(\.value).min(), let greatest = points.map(\.value).max() {
            lane.curves = Self.thinned(curves.filter { !$0.isEmpty })
            lane.valueRange =
                areNumbers
                ? (Text.number(least), Text.number(greatest)) : (Text.duration(least), Text.duration(greatest))
        }
        lane.marks = Self.merged(lane.marks)
        return lane
    }

    /// The number in an output: the output itself, or the body of an HTTP answer and the text of a command when they
    /// are one.
    private static func number(_ output: JSONValue?) -> Double? {
        let value = output?["body"] ?? output?["stdout"] ?? output
        if let text = value?.stringValue {
            return text.utf8.count < 40 ? Double(text.trimmingWhitespace).flatMap { $0.isFinite ? $0 : nil } : nil
        }
        return value?.doubleValue
    }

    // MARK: What was done

    private mutating func addActivities(_ records: [ActivityRecord], kind: Lane.Kind) {
        guard records.count > Self.maximumLanes / 2 else {
            for record in records { lanes.append(lane(record.name, [record], kind: kind)) }
            return
        }
        var names: [String] = []
        let byName = Dictionary(grouping: records) { $0.name }
        var seen: Set<String> = []
        for record in records where seen.insert(record.name).inserted { names.append(record.name) }
        let most = Self.maximumLanes / 2
        for name in names.prefix(names.count > most ? most - 1 : most) {
            lanes.append(lane(name, byName[name] ?? [], kind: kind))
        }
        if names.count > most {
            let rest = names.dropFirst(most - 1)
            let others = rest.flatMap { byName[$0] ?? [] }
            lanes.append(lane(Text.counted(rest.count, "more activity", "more activities"), others, kind: kind))
        }
    }

    private func lane(_ name: String, _ records: [ActivityRecord], kind: Lane.Kind) -> Lane {
        let isBackground = records.contains(where: \.isBackground)
        let notes = [
            records.count > 1 ? Text.counted(records.count, "run") : nil, isBackground ? "in the background" : nil,
        ]
        let own: Lane.Kind = kind == .rollback ? .rollback : records.first?.kind == .probe ? .probe : .action
        var lane = Lane(kind: own, name: name, note: notes.compactMap { $0 }.joined(separator: ", "))
        lane.isBackground = isBackground
        for record in records {
            guard let start = record.start, let end = record.end else { continue }
            let state: State =
                switch record.status {
                case .succeeded: .good
                case .failed: .bad
                case .aborted: .error
                case .skipped: .skipped
                }
            let title =
                "\(record.name): \(record.status.rawValue), \(offset(start)), took \(Text.duration(record.duration))"
            lane.marks.append(Mark(range: range(start, end), state: state, title: title))
            let pauses = record.pauses
            if pauses.before > 0 { lane.pauses.append(range(start - .seconds(pauses.before), start)) }
            if pauses.after > 0 { lane.pauses.append(range(end, end + .seconds(pauses.after))) }
        }
        lane.marks = Self.merged(lane.marks)
        if lane.pauses.count > Self.maximumMarks { lane.pauses = [] }
        return lane
    }

    // MARK: Bounds

    /// Marks of one state that fall on the same spot become one when there are too many; the worst are drawn last.
    static func merged(_ marks: [Mark]) -> [Mark] {
        guard marks.count > maximumMarks else { return marks }
        let order: [State] = [.skipped, .good, .bad, .error]
        var merged: [Int: (mark: Mark, count: Int)] = [:]
        for mark in marks {
            let spot = Int(mark.range.lowerBound * Double(maximumMarks - 1))
            let key = (order.firstIndex(of: mark.state) ?? 0) * maximumMarks + spot
            guard let (known, count) = merged[key] else {
                merged[key] = (mark, 1)
                continue
            }
            var both = known
            let end = max(known.range.upperBound, mark.range.upperBound)
            both.range = min(known.range.lowerBound, mark.range.lowerBound)...end
            merged[key] = (both, count + 1)
        }
        return merged.sorted { $0.key < $1.key }.map { _, value in
            var mark = value.mark
            if value.count > 1 { mark.title += ", and \(Text.count(value.count - 1)) more here" }
            return mark
        }
    }

    /// Of many points the least and the greatest of each spot, so that no peak is lost.
    static func thinned(_ curves: [[(at: Double, value: Double)]]) -> [[(at: Double, value: Double)]] {
        let count = curves.reduce(0) { $0 + $1.count }
        guard count > 2 * maximumMarks else { return curves }
        // Many short curves cannot be told from each other at this size.
        let points = curves.count > maximumMarks / 4 ? [Array(curves.joined())] : curves
        let size = count / maximumMarks + 1
        return points.map { curve in
            stride(from: 0, to: curve.count, by: size).flatMap { from in
                let part = curve[from..<min(from + size, curve.count)]
                let least = part.min { $0.value < $1.value }
                let greatest = part.max { $0.value < $1.value }
                return [least, greatest].compactMap { $0 }.sorted { $0.at < $1.at }
            }
        }
    }
}
