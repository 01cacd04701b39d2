import Basics
import Events

/// The alarms that one output gets together: when they are sent, sent again and forgotten, as in Alertmanager.
///
/// It neither waits nor sends nor stores. ``insert(_:mentions:at:)`` takes an alarm, ``flush(at:muted:)`` says what to
/// send when ``nextFlush`` has come, and ``finish(_:failed:at:)`` notes what has arrived.
///
/// The first message goes `wait` after the first alarm. After it the group is looked at every `interval`: when an alarm
/// is new or over, a message with all of them goes; otherwise after `repeats`, while one still fires. An alarm that is
/// over before it was told is not told. https://prometheus.io/docs/alerting/latest/configuration/#route
///
/// Unlike in Alertmanager nothing that was told is left open: the end of an alarm that is muted then is told when the
/// mute is over, and so is an end whose beginning the group does not know.
struct AlertGroup: Sendable, Hashable {
    /// One alarm, or one event that does not last.
    struct Member: Sendable, Hashable {
        /// What was said last.
        var notification: Notification
        /// What was said last while it fired: silences that look for its severity find its end, too.
        var firing: Notification?
        var mentions: [Mention] = []
        /// When it began to fire.
        var since: Timestamp
        /// Whether the output has been told that it fires, so that it must be told of the end.
        var wasTold = false
        /// Whether somebody has said that he knows of it: then nothing reminds of it.
        var isAcknowledged = false
        /// The route that has led here, such as `routes[2]`: its windows hold for the alarm.
        var route: String?
        /// Names of the silences and windows that look at a part of the message that is not stored, and hold for it.
        var mutedBy: [String] = []

        /// The same for all that is said of an alarm.
        var key: String { notification.memberKey }
        /// Whether it is told once and has no end.
        var isEvent: Bool { notification.incidentKey == nil }
        var isResolved: Bool { !isEvent && notification.severity == .ok }
        var fires: Bool { !isResolved }
        /// What the log has of it while it fires: another state or severity is news.
        var fingerprint: String {
            "\(key)|\(notification.severity.rawValue)|\(notification.state?.to ?? "")"
        }
    }

    /// What the last message told.
    struct Log: Sendable, Hashable {
        /// Fingerprints of what fired.
        var firing: Set<String> = []
        /// Keys of what was over.
        var resolved: Set<String> = []
        var at: Timestamp
    }

    /// What a flush found.
    struct Flush: Sendable, Hashable {
        /// Which flush of which group it is: a later group of the same alarms counts anew.
        let sequence: Int
        let created: Timestamp
        let at: Timestamp
        /// What a message tells: everything that is not muted, told before or not; empty when there is no need for one.
        var members: [Member] = []
        /// The keys of what is new, or over.
        var news: Set<String> = []
        /// Whether nothing is new and it is only time to tell again.
        var isReminder = false
        /// What was left out.
        var muted: [Muted] = []
        /// What need not be told, because it was over before it was told.
        var settled: [Member] = []
    }

    /// A member that a flush left out.
    struct Muted: Sendable, Hashable {
        let member: Member
        let reason: MuteReason
    }

    /// After this time a flush that failed is tried again, after twice as long the next time; at the next interval if
    /// that is sooner.
    static let retryPause = Duration.seconds(60)
    /// What a chat refuses so often is not tried again with the group.
    static let maximumRefusals = 3

    let id: GroupID
    /// Those of the newest alarm's route.
    var times: GroupTimes
    let created: Timestamp
    private(set) var members: [Member] = []
    private(set) var log: Log?
    /// How many flushes have ended; with it the ledger tells one from the next.
    private(set) var sequence = 0
    private(set) var lastFlush: Timestamp?
    /// When to flush; nil while there is nothing to do until the next alarm.
    private(set) var nextFlush: Timestamp?
    /// How many flushes in a row have failed.
    private(set) var failures = 0

    /// An empty group.
    init(_ id: GroupID, _ times: GroupTimes, at now: Timestamp) { (self.id, self.times, created) = (id, times, now) }

    /// A group that was stored.
    init(
        _ id: GroupID, _ times: GroupTimes, created: Timestamp, members: [Member], log: Log?, sequence: Int,
        lastFlush: Timestamp?, nextFlush: Timestamp?, failures: Int = 0
    ) {
        (self.id, self.times, self.created, self.members, self.log) = (id, times, created, members, log)
        (self.sequence, self.lastFlush, self.nextFlush, self.failures) = (sequence, lastFlush, nextFlush, failures)
    }

    /// Whether nothing is left, so that the group can be forgotten.
    var isOver: Bool { members.isEmpty }

    /// Whether it has heard of an alarm that is not forgotten yet.
    func knows(_ incident: String?) -> Bool {
        incident != nil && members.contains { $0.notification.incidentKey == incident }
    }

    /// What comes into a group, and what is known of it beside what it says.
    struct Arrival: Sendable {
        let notification: Notification
        var mentions: [Mention] = []
        var route: String?
        var mutedBy: [String] = []
        /// Whether the output was told of the alarm before it came here.
        var wasTold = false
        /// Whether the output was told just this: an end that was sent when its group could not be written.
        var isTold = false
    }

    /// Takes what was said of an alarm.
    /// - Returns: whether it is news; not so for what was delivered twice or overtaken on its way.
    mutating func insert(_ notification: Notification, mentions: [Mention] = [], at now: Timestamp) -> Bool {
        insert(Arrival(notification: notification, mentions: mentions), at: now)
    }

    /// Takes what was said of an alarm.
    mutating func insert(_ arrival: Arrival, at now: Timestamp) -> Bool {
        var notification = arrival.notification.withoutBulk
        let mentions = arrival.mentions
        // Of a sender whose clock is wrong nothing later would be news.
        notification.time = min(notification.time, now)
        if let place = members.firstIndex(where: { $0.key == notification.memberKey }) {
            let known = members[place]
            guard known.notification.dedupeKey != notification.dedupeKey, known.notification.time <= notification.time
            else { return false }
            if arrival.isTold, notification.severity == .ok {
                members.remove(at: place)
                // What is left, or that nothing is left, is noted at the next look.
                let due = dueTime(of: notification, at: now)
                nextFlush = min(nextFlush ?? due, due)
                return true
            }
            members[place].notification = notification
            members[place].mentions += mentions.filter { !known.mentions.contains($0) }
            if arrival.wasTold { members[place].wasTold = true }
            if notification.severity == .ok {
                members[place].firing = known.firing?.forMatching
            } else {
                members[place].firing = notification
                (members[place].route, members[place].mutedBy) = (arrival.route, arrival.mutedBy)
                if known.isResolved { members[place].since = notification.time }
                // Who knows of a warning need not know that it has become critical.
                if known.isResolved || notification.severity > known.notification.severity {
                    members[place].isAcknowledged = false
                }
            }
        } else {
            let isOK = notification.severity == .ok
            if arrival.isTold, isOK { return false }
            members.append(
                Member(
                    notification: notification, firing: isOK ? nil : notification, mentions: mentions,
                    since: notification.time,
                    // Who is told of an end without a beginning has heard of that before the group was there.
                    wasTold: arrival.wasTold || isOK && notification.incidentKey != nil, route: arrival.route,
                    mutedBy: arrival.mutedBy))
        }
        let due = dueTime(of: notification, at: now)
        nextFlush = min(nextFlush ?? due, due)
        return true
    }

    /// Stops the reminders of an alarm.
    /// - Returns: whether it is here and was not acknowledged before.
    mutating func acknowledge(incident: String) -> Bool {
        guard let place = members.firstIndex(where: { $0.notification.incidentKey == incident && $0.fires }),
            !members[place].isAcknowledged
        else { return false }
        members[place].isAcknowledged = true
        return true
    }

    /// Forgets members without telling anybody.
    mutating func remove(where isGone: (Member) -> Bool) { members.removeAll(where: isGone) }

    private func dueTime(of notification: Notification, at now: Timestamp) -> Timestamp {
        if times.isHold { return now }
        if lastFlush != nil { return tick(notBefore: now) }
        // One that has been on its way for longer than that has waited enough.
        return notification.time + times.wait < now ? now : now + times.wait
    }

    /// The first look at the group from a time on.
    private func tick(notBefore time: Timestamp) -> Timestamp {
        guard let lastFlush, time > lastFlush + times.interval else { return (lastFlush ?? time) + times.interval }
        let interval = max(Int64(times.interval / .microseconds(1)), 1)
        let count = (time.microseconds - lastFlush.microseconds + interval - 1) / interval
        return Timestamp(microseconds: lastFlush.microseconds + count * interval)
    }

    // MARK: Flushing

    /// What to send now.
    /// - Parameter muted: why a member is not told; nil for one that may be.
    func flush(at now: Timestamp, muted: (Member) -> MuteReason?) -> Flush {
        var flush = Flush(sequence: sequence, created: created, at: now)
        var shown: [Member] = []
        for member in members {
            if let reason = muted(member) {
                flush.muted.append(Muted(member: member, reason: reason))
            } else {
                shown.append(member)
            }
        }
        let firing = shown.filter(\.fires)
        flush.news = Set(
            (firing.filter { log?.firing.contains($0.fingerprint) != true }
                + shown.filter { $0.isResolved && log?.resolved.contains($0.key) != true }).map(\.key))
        flush.isReminder = flush.news.isEmpty && isReminderDue(at: now) && firing.contains { !$0.isAcknowledged }
        if flush.isReminder || isMessageDue(shown, firing) {
            flush.members = shown
        } else {
            flush.settled = shown.filter(\.isResolved)
        }
        return flush
    }

    private func isReminderDue(at now: Timestamp) -> Bool {
        guard let log, let repeats = times.repeats else { return false }
        return log.at + repeats <= now
    }

    /// Whether something is new that has to be told.
    private func isMessageDue(_ shown: [Member], _ firing: [Member]) -> Bool {
        // The end of what was told is told, whatever became of the log since.
        if shown.contains(where: { $0.isResolved && $0.wasTold && log?.resolved.contains($0.key) != true }) {
            return true
        }
        guard let log else { return !firing.isEmpty }
        if firing.contains(where: { !log.firing.contains($0.fingerprint) }) { return true }
        if shown.isEmpty { return false }
        if firing.isEmpty { return !log.firing.isEmpty }
        return shown.contains { $0.isResolved && !log.resolved.contains($0.key) }
    }

    /// Notes what became of a flush, and when the next one is.
    /// - Parameters:
    ///   - failed: the keys of what has not arrived.
    ///   - now: the end of the sending.
    /// - Returns: false when another process has ended the same flush, so that there is nothing to note.
    mutating func finish(_ flush: Flush, failed: Set<String> = [], at now: Timestamp) -> Bool {
        guard sequence == flush.sequence, created == flush.created else { return false }
        for told in flush.members where told.fires && !failed.contains(told.key) {
            if let place = members.firstIndex(where: { $0.key == told.key }) { members[place].wasTold = true }
        }
        guard failed.isEmpty else {
            nextFlush = now + min(times.interval, Self.retryPause * (1 << min(failures, 10)))
            failures += 1
            return true
        }
        failures = 0
        if !flush.members.isEmpty {
            log = Log(
                firing: Set(flush.members.filter(\.fires).map(\.fingerprint)),
                resolved: Set(flush.members.filter(\.isResolved).map(\.key)), at: flush.at)
        }
        let done = flush.members.filter { $0.isResolved || $0.isEvent || times.isHold } + flush.settled
        // What was said since must not go with it.
        for member in done { members.removeAll { $0.notification == member.notification } }
        for muted in flush.muted {
            members.removeAll { member in
                // An event is of that moment; an alarm that came and went while it was muted is not missed.
                member.notification == muted.member.notification
                    && (member.isEvent || member.isResolved && !member.wasTold)
            }
        }
        sequence += 1
        lastFlush = flush.at
        nextFlush = following(flush, at: now)
        return true
    }

    private func following(_ flush: Flush, at now: Timestamp) -> Timestamp? {
        guard !members.isEmpty else { return nil }
        let next = tick(notBefore: flush.at + .microseconds(1))
        let isSettled = members.allSatisfy { $0.fires && log?.firing.contains($0.fingerprint) == true }
        if !isSettled {
            guard times.isHold, let end = flush.muted.compactMap(\.reason.end).min(), end > now else { return next }
            return min(next, end)
        }
        guard let repeats = times.repeats, let log, members.contains(where: { !$0.isAcknowledged }) else { return nil }
        return tick(notBefore: max(log.at + repeats, next))
    }
}

extension Notification {
    /// What a group tells alarms apart by.
    fileprivate var memberKey: String { incidentKey.map { "alarm|\($0)" } ?? "event|\(dedupeKey)" }
}
