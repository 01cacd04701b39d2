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
                switch await fate(of: pending, to: load.output) {
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
        return (left, due)
    }

    /// What happens to a notification.
    private enum Fate {
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

    private func fate(of pending: PendingNotification, to output: OutputDefinition) async -> Fate {
        let notification = pending.notification
        guard state.groups != nil else {
            if pending.place.grouping != nil { warn("groups have no effect: set NOTIFY_STATE and NOTIFY_WAKE_QUEUE") }
            return reason(for: pending).map { .muted($0) } ?? .now
        }
        if let grouping = pending.place.grouping {
            let id = grouping.group(of: notification, to: output.name)
            return await insert(pending, into: id, grouping.times, output, mute: nil)
        }
        let mute = reason(for: pending)
        guard notification.incidentKey != nil else { return mute.map { .muted($0) } ?? .now }
        let id = Grouping.hold(of: notification, to: output.name)
        if mute == nil {
            // What a silence keeps of the same alarm is outdated now.
            do {
                guard try await state.using({ try await $0.contains(id, until: end) }) else { return .now }
            } catch {
                warn("it is not known whether a silence keeps an alarm", "\(error)")
                return .now
            }
        }
        return await insert(pending, into: id, .hold, output, mute: mute)
    }

    private func insert(
        _ pending: PendingNotification, into id: GroupID, _ times: GroupTimes, _ output: OutputDefinition,
        mute: MuteReason?
    ) async -> Fate {
        let notification = pending.notification
        // An event that comes twice is put into its group once, also when the group has been told and forgotten.
        let key = "grouped|" + output.ledgerKey(notification.dedupeKey)
        let claim: DeliveryClaim
        switch await delivery.ledger.claim(key, until: end) {
        case .claimed(let own): claim = own
        case .alreadySent: return .duplicate
        case .heldByOther: return .failed("another invocation is putting it into its group now")
        }
        do {
            let insertion = try await state.using { groups in
                try await groups.insert(notification, mentions: pending.mentions, into: id, times, until: end)
            }
            await delivery.ledger.settle(claim, .sent, until: end)
            switch insertion {
            case .known: return .duplicate
            case .waits: return .waits(mute)
            case .isDue: return .isDue(id.key)
            }
        } catch {
            await delivery.ledger.settle(claim, .partly(sentParts: 0), until: end)
            if let mute { return .failed("\(mute), but it cannot be kept until that is over: \(error)") }
            warn("a group cannot be written, its alarm is sent at once", "\(error)")
            return notification.severity == .ok
                ? .nowAndAgain("it was sent, but its group could not be told that the alarm is over: \(error)") : .now
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
            case .allGroups:
                do {
                    for key in try await state.using({ try await $0.keys(until: end) }) {
                        try await state.using { try await $0.renewWake(key, until: end) }
                        await flush(key, wake: nil, record, &report)
                    }
                } catch {
                    report.fail(record, "", "groups cannot be listed: \(error)")
                }
            }
        }
    }

    private func flush(_ key: String, wake: Timestamp?, _ record: String, _ report: inout DeliveryReport) async {
        let (rules, mutes, now) = (rules, mutes, state.time.now())
        let deliveries = Locked<[(RoutedEvent.Load, [OutputDelivery.Outcome])]>([])
        do {
            let outcome = try await state.using { groups in
                try await groups.flush(
                    key, wake: wake, until: end,
                    prepare: { group in if !rules.have(group.id) { group.leaveTold() } },
                    muted: { group, notification in
                        let own = rules.windows(of: group.id, for: notification)
                        return mutes.reason(for: notification, own: own, at: now)
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
            for member in members { load.add(member.pending(in: group, flush), record) }
            let outcomes = await OutputDelivery(definition: output, delivery: delivery, digestAbove: 1)
                .deliver(load.notifications, until: end)
            for (member, outcome) in zip(members, outcomes) {
                if case .failed = outcome { failed.insert(member.key) }
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
        if OutputKind.all.first(where: { $0.name == output.kind })?.supportsDigests == true { return members }
        return members.filter { member in
            isReminder ? member.fires : news.contains(member.key) && (member.fires || member.wasTold)
        }
    }
}

extension AlertGroup.Member {
    /// The notification to send, with a key of its own in each message.
    fileprivate func pending(in group: AlertGroup, _ flush: AlertGroup.Flush) -> PendingNotification {
        var notification = notification
        notification.dedupeKey =
            "group|\(group.id.key)|\(group.created.microseconds)|\(flush.sequence)|\(notification.dedupeKey)"
        if flush.isReminder, fires {
            notification.fields.insert(
                Field("Still so", "since \(since.iso8601(fractionDigits: 0))"), at: 0)
        }
        return PendingNotification(
            notification: notification, mentions: mentions, group: group.id.isHold ? nil : group.id.key)
    }
}

extension AlertGroup {
    /// The rules have no such group any more: whoever was told of an alarm hears of its end by its new way.
    fileprivate mutating func leaveTold() { remove { $0.wasTold } }
}

extension Rules {
    /// Whether a route still makes such groups, so that what ends in them comes there.
    fileprivate func have(_ id: GroupID) -> Bool {
        id.isHold || !routes(of: id).isEmpty
    }

    /// The windows of the routes that make such groups and take a notification.
    fileprivate func windows(of id: GroupID, for notification: Notification) -> [MuteWindow] {
        routes(of: id).filter { $0.match.holds(for: notification) }.flatMap(\.windows)
    }

    private func routes(of id: GroupID) -> [Route] {
        routes.filter { route in
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
        case .alarm: ["alarm"]
        }
    }
}
