import Basics
import CloudWatchAlarms

/// Makes mute rules of windows and the alarms that they are for.
struct MuteRules {
    let options: AlarmOptions
    let resources: [String: WatchedResource]
    let now: Timestamp?

    /// The most alarms of one mute rule.
    static let mostAlarms = 100

    /// The mute rules of all windows, by scope and name; a window without alarms makes none, and is told of.
    func rules(
        of windows: [MuteWindow], for alarms: [DesiredAlarm], notices: inout [RuleNotice]
    ) -> [DesiredMuteRule] {
        var result: [DesiredMuteRule] = []
        for window in windows where !isOver(window) {
            let muted = muted(by: window, alarms)
            if muted.isEmpty {
                notices.append(
                    RuleNotice(.warning, "window \(window.name) (\(window.origin)) mutes nothing: no alarm matches it"))
            }
            for (scope, names) in muted.sorted(by: { $0.key < $1.key }) {
                result += Self.split(names, depth: 0).map { part in
                    desired(window, scope, suffix: part.path, names: part.names)
                }
            }
        }
        return result
    }

    /// The names of the alarms that a window is for.
    ///
    /// A composite is muted when the window names its rule, or all alarms that it asks about are muted.
    private func muted(by window: MuteWindow, _ alarms: [DesiredAlarm]) -> [AlarmScope: Set<String>] {
        let matcher = ResourceMatcher(window.match)
        let rules = window.rules.map { MatchPattern($0) }
        var muted: [AlarmScope: Set<String>] = [:]
        for alarm in alarms where rules.isEmpty || rules.matches(alarm.reason.rule) {
            if matches(alarm, matcher) { muted[alarm.scope, default: []].insert(alarm.alarm.name) }
        }
        // Composites of composites need another round; there are few levels.
        var grew = true
        while grew {
            grew = false
            for alarm in alarms {
                guard case .composite(let composite) = alarm.alarm.condition, let names = muted[alarm.scope],
                    !names.contains(alarm.alarm.name)
                else { continue }
                let children = composite.rule.alarms
                guard !children.isEmpty, children.isSubset(of: names) else { continue }
                muted[alarm.scope]?.insert(alarm.alarm.name)
                grew = true
            }
        }
        return muted
    }

    private func matches(_ alarm: DesiredAlarm, _ matcher: ResourceMatcher) -> Bool {
        guard !matcher.asksNothingOfResources else { return matcher.matches(alarm.scope) }
        if let id = alarm.reason.resource {
            if let resource = resources[id] { return matcher.matches(resource) }
        }
        // Fleet alarms and composites have no resource; their tags were the group's.
        guard let kind = alarm.reason.kind, alarm.reason.resource == nil else { return false }
        let stand = WatchedResource(
            kind: kind, scope: alarm.scope, id: "", name: alarm.alarm.name, tags: alarm.alarm.tags)
        return matcher.matches(stand)
    }

    private func desired(
        _ window: MuteWindow, _ scope: AlarmScope, suffix: String, names: [String]
    ) -> DesiredMuteRule {
        DesiredMuteRule(
            rule: MuteRule(
                name: AlarmName.common([options.prefix, window.name, suffix]),
                description:
                    "\(window.schedule) \(window.timeZone) for \(window.duration.text). Window \(window.name), "
                    + "\(window.origin.place).",
                schedule: window.schedule, duration: window.duration, timeZone: window.timeZone, alarms: names.sorted(),
                tags: [
                    AlarmOptions.ownerTag: AlarmTagText.value(options.owner),
                    AlarmOptions.ruleTag: AlarmTagText.value(window.name),
                    AlarmOptions.originTag: AlarmTagText.value(window.origin.place),
                ]),
            scope: scope, origin: window.origin)
    }

    /// Parts of at most ``mostAlarms`` names, told apart by bits of the names' hashes: one more alarm changes only the
    /// part that it is in.
    static func split(
        _ names: some Collection<String>, depth: Int, path: String = ""
    ) -> [(path: String, names: [String])] {
        guard names.count > mostAlarms, depth < 32 else { return names.isEmpty ? [] : [(path, Array(names))] }
        var halves: [[String]] = [[], []]
        for name in names { halves[(hash(name) >> UInt64(depth)) & 1 == 0 ? 0 : 1].append(name) }
        return split(halves[0], depth: depth + 1, path: path + "0")
            + split(halves[1], depth: depth + 1, path: path + "1")
    }

    /// FNV-1a with its bits mixed, since the lowest bits of FNV alone depend on few characters.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ (hash >> 29)
    }

    /// Whether a window that happens once is over wherever its time zone is: the last is twelve hours behind UTC.
    private func isOver(_ window: MuteWindow) -> Bool {
        guard let now, let start = window.onlyStart else { return false }
        return start + window.duration + .seconds(12 * 3_600) <= now
    }
}

extension MuteWindow {
    /// When a window with `at(2026-12-24T02:00)` starts, its local time read as UTC; nil for one that comes again.
    var onlyStart: Timestamp? {
        guard schedule.hasPrefix("at("), schedule.hasSuffix(")") else { return nil }
        return Timestamp(iso8601: schedule.dropFirst(3).dropLast() + ":00Z")
    }
}

extension AlarmRuleExpression {
    /// The names of the alarms that it asks about.
    var alarms: Set<String> {
        switch self {
        case .state(_, let alarm): [alarm]
        case .and(let parts), .or(let parts): parts.reduce(into: []) { $0.formUnion($1.alarms) }
        case .not(let part): part.alarms
        case .atLeast(_, _, _, let alarms): Set(alarms)
        case .constant: []
        }
    }
}
