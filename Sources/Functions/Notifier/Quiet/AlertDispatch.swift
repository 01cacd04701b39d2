import Basics
import FunctionRuntime
import Logging

/// Decides for each notification of an event whether it is sent now, waits in a group, or is muted; and flushes groups.
///
/// An alarm is never lost for want of the state: when its group cannot be written it is sent at once. When the end of
/// an alarm cannot be written its record fails as well, so that it comes again, or its group would remind for ever.
struct AlertDispatch: Sendable {
    let state: QuietState
    let delivery: DeliveryContext
    let rules: Rules
    let mutes: Mutes
    var incidents = KnownIncidents.none
    let end: Timestamp

    /// Sorts out what is sent now.
    /// - Returns: what is left of the event for its outputs, and the keys of groups that are due, with their records.
    func sort(
        _ loads: [RoutedEvent.Load], _ report: inout DeliveryReport
    ) async -> (loads: [RoutedEvent.Load], due: [(record: String, key: String)]) {
        var (left, due): ([RoutedEvent.Load], [(record: String, key: String)]) = ([], [])
        for load in loads {
            var now = RoutedEvent.Load(output: load.output)
            for (pending, record) in zip(load.notifications, load.recordIDs) {
                switch await treatment(of: pending, to: load.output) {
                case .now: now.add(pending, record)
                case .nowAndAgain(let reason):
                    now.add(pending, record)
                    report.fail(record, load.output.name, reason)
                case .muted(let reason): report.mute(record, pending.notification, load.output.name, reason)
                case .failed(let reason): report.fail(record, load.output.name, reason)
                case .duplicate: report.addDuplicate()
                case .waits(let mute):
                    if let mute {
                        report.mute(record, pending.notification, load.output.name, mute)
                    } else {
                        report.addGrouped()
                    }
                case .isDue(let key):
                    if !due.contains(where: { $0.key == key }) { due.append((record, key)) }
                }
            }
            if !now.notifications.isEmpty { left.append(now) }
        }
        for elsewhere in incidents.elsewhere where state.groups != nil { await tell(elsewhere, &due, &report) }
        return (left, due)
    }

    /// Tells a group of an end that the rules send to other outputs, or the group would remind for ever.
    private func tell(
        _ elsewhere: KnownIncidents.Elsewhere, _ due: inout [(record: String, key: String)],
        _ report: inout DeliveryReport
    ) async {
        do {
            let arrival = AlertGroup.Arrival(notification: elsewhere.notification)
            switch try await state.using(until: end, { try await $0.end(arrival, in: elsewhere.group, until: end) }) {
            case nil: return
            case .known: report.addDuplicate()
            case .waits: report.addGrouped()
            case .isDue:
                if !due.contains(where: { $0.key == elsewhere.group }) {
                    due.append((elsewhere.record, elsewhere.group))
                }
            }
        } catch {
            report.fail(
                elsewhere.record, elsewhere.output, "its group could not be told that the alarm is over: \(error)")
        }
    }

    /// What happens to a notification.
    private enum Treatment {
        case now
        /// It is sent, and its record fails for this reason, so that it comes again.
        case nowAndAgain(String)
        case muted(MuteReason)
        case failed(String)
        case duplicate
        /// It is in its group, or kept until a mute is over.
        case waits(MuteReason?)
        case isDue(String)
    }

    private func treatment(of pending: PendingNotification, to output: OutputDefinition) async -> Treatment {
        let notification = pending.notification
        guard state.groups != nil else {
            if pending.place.grouping != nil { warn("groups have no effect: set NOTIFY_STATE and NOTIFY_WAKE_QUEUE") }
            return reason(for: pending).map { .muted($0) } ?? .now
        }
        if let grouping = pending.place.grouping {
            // It was over before it came: the group would remind of it for ever.
            if incidents.overtaken.contains(notification.dedupeKey) { return .duplicate }
            let id = grouping.group(of: notification, to: output.name)
            return await insert(pending, into: id, grouping.times, output, mute: nil)
        }
        let mute = reason(for: pending)
        guard notification.incidentKey != nil else { return mute.map { .muted($0) } ?? .now }
        let id = Grouping.hold(of: notification, to: output.name)
        if mute == nil {
            // What a silence keeps of the same alarm is outdated now.
            do {
                guard try await state.using(until: end, { try await $0.contains(id, until: end) }) else { return .now }
            } catch {
                warn("it is not known whether a silence keeps an alarm", "\(error)")
                return notification.severity == .ok
                    ? .nowAndAgain("it was sent, but what a silence keeps of its alarm could not be ended: \(error)")
                    : .now
            }
        }
        return await insert(pending, into: id, .hold, output, mute: mute)
    }

    private func insert(
        _ pending: PendingNotification, into id: GroupID, _ times: GroupTimes, _ output: OutputDefinition,
        mute: MuteReason?
    ) async -> Treatment {
        let notification = pending.notification
        let known = incidents[notification]
        var arrival = AlertGroup.Arrival(
            notification: notification, mentions: pending.mentions, route: pending.place.name,
            mutedBy: notification.isBulky ? mutes.names(matching: notification, own: pending.place.windows) : [],
            wasTold: id.isHold && known?.told.contains(output.name) == true)
        // An event that comes twice is put into its group once, also when the group has been told and forgotten.
        let key = "grouped|" + output.ledgerKey(notification.dedupeKey)
        let claim: DeliveryClaim
        switch await delivery.ledger.claim(key, until: end) {
        case .claimed(let own): claim = own
        case .alreadySent: return .duplicate
        case .heldByOther: return .failed("another invocation is putting it into its group now")
        }
        if notification.severity == .ok { arrival.isTold = await isSent(notification, output) }
        do {
            let place = notification.severity == .ok ? known?.places[output.name] : nil
            let (key, insertion) = try await state.using(until: end) { groups in
                // Its own values can be others than those of its beginning: the severity, for one.
                if let place, place != id.key, let insertion = try await groups.end(arrival, in: place, until: end) {
                    return (place, insertion)
                }
                return (id.key, try await groups.insert(arrival, into: id, times, until: end))
            }
            await delivery.ledger.settle(claim, .sent, until: end)
            switch insertion {
            case .known: return .duplicate
            case .waits: return .waits(mute)
            case .isDue: return .isDue(key)
            }
        } catch {
            await delivery.ledger.settle(claim, .partly(sentParts: 0), until: end)
            if let mute = mute ?? reason(for: pending) {
                return .failed("\(mute), but it cannot be kept until that is over: \(error)")
            }
            warn("a group cannot be written, its alarm is sent at once", "\(error)")
            return notification.severity == .ok
                ? .nowAndAgain("it was sent, but its group could not be told that the alarm is over: \(error)") : .now
        }
    }

    /// Whether an end was sent by itself before, when its group could not be written.
    private func isSent(_ notification: Notification, _ output: OutputDefinition) async -> Bool {
        switch await delivery.ledger.claim(output.ledgerKey(notification.dedupeKey), until: end) {
        case .alreadySent: return true
        case .heldByOther: return false
        case .claimed(let claim):
            await delivery.ledger.settle(claim, .partly(sentParts: claim.sentParts), until: end)
            return false
        }
    }

    private func reason(for pending: PendingNotification) -> MuteReason? {
        mutes.isEmpty && pending.place.windows.isEmpty
            ? nil : mutes.reason(for: pending.notification, own: pending.place.windows, at: state.time.now())
    }

    // MARK: Groups that are due

    /// Flushes groups that this event has made due.
    func flush(_ due: [(record: String, key: String)], _ report: inout DeliveryReport) async {
        for (record, key) in due { await flush(key, wake: nil, record, &report) }
    }

    /// Does what wake-ups ask for.
    func wake(_ wakes: [(record: String, wake: Wake)], _ report: inout DeliveryReport) async {
        for (record, wake) in wakes {
            switch wake {
            case .group(let key, let time): await flush(key, wake: time, record, &report)
            case .allGroups: await wakeAll(record, &report)
            }
        }
    }

    /// Looks at all groups; one that fails does not keep the others from that.
    private func wakeAll(_ record: String, _ report: inout DeliveryReport) async {
        let keys: [String]
        do { keys = try await state.using(until: end, always: true) { try await $0.keys(until: end) } } catch {
            return report.fail(record, "", "groups cannot be listed: \(error)")
        }
        for key in keys {
            do {
                try await state.using(until: end, always: true) { try await $0.renewWake(key, until: end) }
                await flush(key, wake: nil, always: true, record, &report)
            } catch {
                report.fail(record, "", "the group \(key) cannot be woken: \(error)")
            }
        }
    }

    private func flush(
        _ key: String, wake: Timestamp?, always: Bool = false, _ record: String, _ report: inout DeliveryReport
    ) async {
        let (rules, mutes, now) = (rules, mutes, state.time.now())
        let deliveries = Locked<[(RoutedEvent.Load, [OutputDelivery.Outcome])]>([])
        do {
            let outcome = try await state.using(until: end, always: always) { groups in
                try await groups.flush(
                    key, wake: wake, until: end,
                    prepare: { group in
                        guard !rules.have(group.id) else { return }
                        let left = group.leaveTold()
                        guard left > 0 else { return }
                        warn(
                            "the rules have no such group any more: nothing reminds of its alarms, their ends are told",
                            "\(left) alarms of \(group.id.text)")
                    },
                    muted: { group, member in
                        let own = rules.windows(of: group.id, for: member)
                        return mutes.reason(for: member.notification, own: own, at: now)
                            ?? member.firing.flatMap { mutes.reason(for: $0, own: own, at: now) }
                            ?? mutes.reason(named: member.mutedBy, own: own, at: now)
                    },
                    deliver: { group, flush in
                        let (failed, loads) = await deliver(group, flush, record)
                        deliveries.withLock { $0 += loads }
                        return failed
                    })
            }
            for muted in outcome?.flush.muted ?? [] {
                report.mute(record, muted.member.notification, outcome?.id.output ?? "", muted.reason)
            }
        } catch {
            report.fail(record, "", "the group \(key) cannot be told: \(error)")
        }
        for (load, outcomes) in deliveries.withLock({ $0 }) { report.add(load, outcomes) }
    }

    /// Sends what a flush found.
    /// - Returns: the keys of what has not arrived, and the loads for the report.
    private func deliver(
        _ group: AlertGroup, _ flush: AlertGroup.Flush, _ record: String
    ) async -> (failed: Set<String>, [(RoutedEvent.Load, [OutputDelivery.Outcome])]) {
        // The output is gone from the rules: they say who hears of it now.
        let outputs = rules.outputs.filter { $0.name == group.id.output }
        var failed: Set<String> = []
        var loads: [(RoutedEvent.Load, [OutputDelivery.Outcome])] = []
        for output in outputs.isEmpty ? rules.outputs : outputs {
            let members = flush.told(by: output).filter { member in
                !outputs.isEmpty
                    || rules.destinations(of: member.notification).contains { $0.output == output.name }
            }
            guard !members.isEmpty else { continue }
            var load = RoutedEvent.Load(output: output)
            for pending in flush.notifications(of: members, in: group, output) { load.add(pending, record) }
            let outcomes = await OutputDelivery(definition: output, delivery: delivery, digestAbove: 1)
                .deliver(load.notifications, until: end)
            for (member, outcome) in zip(members, outcomes) {
                switch outcome {
                case .sent, .duplicate: break
                case .refused(let reason) where group.failures + 1 >= AlertGroup.maximumRefusals:
                    InvocationContext.current?.logger.error(
                        "an alarm of a group is given up, its chat refuses it",
                        metadata: [
                            "title": "\(member.notification.title.cut(200))", "output": "\(output.name)",
                            "reason": "\(reason)",
                        ])
                case .refused, .failed: failed.insert(member.key)
                }
            }
            loads.append((load, outcomes))
        }
        return (failed, loads)
    }

    private func warn(_ message: Logger.Message, _ reason: String? = nil) {
        InvocationContext.current?.logger.warning(message, metadata: reason.map { ["reason": "\($0)"] })
    }
}

extension AlertGroup.Flush {
    /// What an output is told: all of the group where people read it as a list, only the news of it elsewhere.
    fileprivate func told(by output: OutputDefinition) -> [AlertGroup.Member] {
        if output.supportsDigests { return members }
        return members.filter { member in
            isReminder
                ? member.fires && !member.isAcknowledged : news.contains(member.key) && (member.fires || member.wasTold)
        }
    }

    /// More than these are told by their titles and one link each.
    private static let longestList = 8

    /// What to send of members: in a list all of what is new, only the titles of the others, and each call once.
    fileprivate func notifications(
        of members: [AlertGroup.Member], in group: AlertGroup, _ output: OutputDefinition
    ) -> [PendingNotification] {
        guard output.supportsDigests else { return members.map { $0.pending(in: group, self) } }
        var called: [Mention] = []
        return members.map { member in
            var pending = member.pending(in: group, self)
            let isNew = isReminder ? !member.isAcknowledged : news.contains(member.key)
            if members.count > 1, !isNew { pending.notification.shorten(links: 0) }
            if members.count > Self.longestList, isNew { pending.notification.shorten(links: 1) }
            pending.mentions =
                isNew && member.fires ? pending.mentions.filter { !called.contains($0) } : []
            called += pending.mentions
            return pending
        }
    }
}

extension OutputDefinition {
    /// Whether people read several notifications in one message there.
    fileprivate var supportsDigests: Bool {
        OutputKind.all.first { $0.name == kind }?.supportsDigests == true
    }
}

extension Notification {
    /// Leaves the title, and some links.
    fileprivate mutating func shorten(links count: Int) {
        (text, fields, links) = ("", fields.filter { $0.name == AlertGroup.reminderField }, Array(links.prefix(count)))
    }
}

extension AlertGroup {
    /// What a reminder has among its fields.
    fileprivate static let reminderField = "Still so"
}

extension AlertGroup.Member {
    /// The notification to send, with a key of its own in each message.
    fileprivate func pending(in group: AlertGroup, _ flush: AlertGroup.Flush) -> PendingNotification {
        var notification = notification
        notification.dedupeKey =
            "group|\(group.id.key)|\(group.created.microseconds)|\(flush.sequence)|\(notification.dedupeKey)"
        if flush.isReminder, fires {
            notification.fields.insert(
                Field(AlertGroup.reminderField, "since \(since.iso8601(fractionDigits: 0))"), at: 0)
        }
        return PendingNotification(
            notification: notification, mentions: mentions, group: group.id.isHold ? nil : group.id.key)
    }
}

extension AlertGroup {
    /// Leaves alarms that were told to the routes that there are now: their ends come by those.
    ///
    /// An end that waits is still told here.
    /// - Returns: how many alarms it leaves to that.
    fileprivate mutating func leaveTold() -> Int {
        let before = members.count
        remove { $0.wasTold && $0.fires }
        return before - members.count
    }
}

extension Rules {
    /// Whether a route still makes such groups, so that what ends in them comes there.
    fileprivate func have(_ id: GroupID) -> Bool {
        id.isHold || !routes(of: id).isEmpty
    }

    /// The windows of the route that a member has come by; if there is none any more, of those that would take it now.
    ///
    /// A route may match by what it changes itself, so that it would not take the member as it is.
    fileprivate func windows(of id: GroupID, for member: AlertGroup.Member) -> [MuteWindow] {
        let routes = routes(of: id)
        if let route = routes.first(where: { $0.name == member.route }) { return route.route.windows }
        return routes.filter { $0.route.match.holds(for: member.notification) }.flatMap(\.route.windows)
    }

    private func routes(of id: GroupID) -> [(name: String, route: Route)] {
        routes.enumerated().map { ("routes[\($0)]", $1) }.filter { _, route in
            guard case .send(let outputs, _) = route.action, outputs.contains(id.output) else { return false }
            if id.isHold { return route.grouping == nil }
            return route.grouping?.names == id.labels.map(\.name)
        }
    }
}

extension Grouping {
    /// The names of a group's labels.
    fileprivate var names: [String] {
        switch by {
        case .values(let names): names.map(\.description)
        case .alarm: ["incident"]
        }
    }
}
