import Basics
import ConfigurationSources
import FunctionRuntime
import JSON

extension Notifier {
    /// Answers a request of Slack that tells of a button; nil for any other one.
    ///
    /// It needs no token: its signature says who has sent it.
    func pressed(
        _ event: [UInt8], until end: Timestamp, _ context: InvocationContext
    ) async throws -> FunctionResponse? {
        guard let json = try? JSONValue(parsing: event), let request = SlackRequest(json) else { return nil }
        let now = delivery.time.now()
        let end = min(end, now + SlackInteractions.time)
        let rules = try await rules(until: end, at: now)
        return try await SlackInteractions(delivery: delivery, effects: .init(state))
            .response(to: request, rules, until: end, context.logger)
    }

    /// The rules: those that are there when they cannot be renewed in a moment.
    private func rules(until end: Timestamp, at now: Timestamp) async throws -> Rules {
        do { return try await rules.current(deadline: min(end, now + .milliseconds(500))).value } catch {
            if let latest = rules.latest { return latest }
            throw error
        }
    }
}

extension SlackInteractions.Effects {
    /// Silences and groups where `NOTIFY_STATE` says.
    init(_ state: QuietState) {
        self.init(
            newSilenceName: { Silence.newID(random: state.time.random) },
            silence: { alarm, deed, end in
                guard let store = state.store else { throw QuietError(.unavailable, "NOTIFY_STATE is not set") }
                try await SilenceStore(store.value(), time: state.time).add(Silence(alarm, deed), until: end)
            },
            isSilenced: { deed, end in
                guard let store = state.store, let id = deed.silence else { return false }
                let contents = try await SilenceStore(store.value(), time: state.time).contents(until: end)
                return contents.silences.contains { $0.id == id && $0.isActive(at: state.time.now()) }
            },
            acknowledge: { alarm, _, end in
                guard let group = alarm.group else { return }
                try await state.using(until: end) { try await $0.acknowledge(alarm.incident, in: group, until: end) }
            })
    }
}

extension Silence {
    /// The silence of what somebody has pressed: of this one alarm.
    init(_ alarm: SentAlarm, _ deed: SentAlarm.Deed) throws(QuietError) {
        try self.init(
            id: deed.silence ?? "", matchers: [Matcher(NotificationValue("incident"), .equals, alarm.incident)],
            author: deed.user.name, reason: "button in Slack: \(alarm.title.cut(200))", start: deed.time,
            end: deed.until ?? deed.time + AlarmAction.silenceTime)
    }
}
