import Basics
import ConfigurationSources
import Events
import FunctionRuntime
import JSON
import Logging

/// Takes the requests that Slack sends when somebody presses a button under an alarm.
///
/// Slack waits three seconds. So what was pressed is done and written first, in half of that; then the message and its
/// thread are told, for as long as there is time.
struct SlackInteractions: Sendable {
    /// What a press asks for beside what Slack is told.
    struct Effects: Sendable {
        /// A name for a silence that is not made yet.
        var newSilenceName: @Sendable () -> String
        /// Makes the silence of a deed, whose name and end stand in it.
        var silence: @Sendable (SentAlarm, SentAlarm.Deed, _ end: Timestamp) async throws -> Void
        /// Whether a silence that was made is still in force: it can be ended elsewhere.
        var isSilenced: @Sendable (SentAlarm.Deed, _ end: Timestamp) async throws -> Bool
        /// Stops the reminders of an alarm.
        var acknowledge: @Sendable (SentAlarm, SentAlarm.Deed, _ end: Timestamp) async throws -> Void
    }

    /// For all of it: less than three seconds, for the way back.
    static let time = Duration.milliseconds(2_600)
    /// For what was pressed.
    private static let deedTime = Duration.milliseconds(1_500)

    let delivery: DeliveryContext
    let effects: Effects

    /// Answers such a request.
    /// - Returns: nil where no output has `slack-signing-secret`.
    /// - Throws: `SecretError` when no signing secret can be fetched; nobody may press then.
    func response(to request: SlackRequest, _ rules: Rules, until end: Timestamp, _ logger: Logger) async throws
        -> FunctionResponse?
    {
        let outputs = rules.outputs.filter { $0.signingSecret != nil }
        guard !outputs.isEmpty else { return nil }
        let now = delivery.time.now()
        let end = min(end, now + Self.time)
        let signers = try await signers(of: request, among: outputs, at: now, until: end)
        switch signers {
        case .refused(let refusal):
            logger.warning("Slack's request refused", metadata: ["reason": "\(refusal.text)"])
            return FunctionResponse(json: refusal.response)
        case .known(let outputs):
            // A button that opens a page is told as well; there is nothing to do.
            guard let press = request.press else { return Self.done }
            return await answer(press, outputs, until: end, logger)
        }
    }

    // MARK: Who has signed it

    private enum Signers {
        case refused(SlackRequest.Refusal)
        /// The outputs of the app whose button it is.
        case known([OutputDefinition])
    }

    private func signers(
        of request: SlackRequest, among outputs: [OutputDefinition], at now: Timestamp, until end: Timestamp
    ) async throws -> Signers {
        var (known, refusal, failure): ([OutputDefinition], SlackRequest.Refusal?, (any Error)?) = ([], nil, nil)
        for output in outputs {
            guard let reference = output.signingSecret else { continue }
            do {
                let secret = try await delivery.secrets.values(of: ["secret": reference], deadline: end)["secret"]
                let own = request.refusal(secrets: [(secret ?? "").trimmed], at: now)
                if own == nil { known.append(output) }
                // An old request of the right app says more than the wrong secret of another one.
                if own == .tooOld || refusal == nil { refusal = own }
            } catch { failure = error }
        }
        if !known.isEmpty { return .known(known) }
        if let failure { throw failure }
        return .refused(refusal ?? .wrongSignature)
    }

    // MARK: What was pressed

    private func answer(
        _ press: ButtonPress, _ outputs: [OutputDefinition], until end: Timestamp, _ logger: Logger
    ) async -> FunctionResponse {
        guard let buttons = delivery.buttons else {
            logger.warning("a button was pressed, but buttons have no effect: set NOTIFY_STATE")
            return Self.done
        }
        let now = delivery.time.now()
        let name = effects.newSilenceName()
        do {
            let deedEnd = min(end, now + Self.deedTime)
            var taken = try await buttons.change(press.alarm, until: deedEnd) { alarm in
                alarm.take(press, silence: name, at: now)
            }
            if case .alreadyDone(let deed)? = taken?.result, press.action == .silence, deed.isConfirmed,
                try await !effects.isSilenced(deed, deedEnd)
            {
                taken = try await buttons.change(press.alarm, until: deedEnd) { alarm in
                    alarm.silenceAgain(press, insteadOf: deed, silence: name, at: now)
                }
            }
            guard let (alarm, answer) = taken, let output = outputs.first(where: { $0.name == alarm.output }) else {
                return await tell("This alarm is not known here any more.", press, outputs[0], until: end, logger)
            }
            logger.info(
                "button pressed",
                metadata: [
                    "action": "\(press.action.rawValue)", "user": "\(press.user.id)",
                    "alarm": "\(alarm.title.cut(200))",
                ])
            switch answer {
            case .replay: return FunctionResponse(json: SlackRequest.Refusal.replay.response)
            case .otherMessage:
                return await tell(
                    "This message is not the newest of its alarm: use the buttons of that one.", press, output,
                    until: end, logger)
            case .alreadyDone(let deed):
                await SlackThread(alarm, output, delivery, until: end).update()
                return await tell(AlarmButtons.excuse(press.action, deed), press, output, until: end, logger)
            case .doIt: return await perform(press, alarm, output, buttons, until: end, logger)
            }
        } catch {
            logger.error("a button's press has had no effect", metadata: ["reason": "\(error)"])
            return await tell("It could not be done: try again.", press, outputs[0], until: end, logger, isDone: false)
        }
    }

    private func perform(
        _ press: ButtonPress, _ alarm: SentAlarm, _ output: OutputDefinition, _ buttons: ButtonStore,
        until end: Timestamp, _ logger: Logger
    ) async -> FunctionResponse {
        let thread = SlackThread(alarm, output, delivery, until: end)
        guard let deed = alarm.deed(of: press) else {
            if await thread.showGraph(askedForBy: press.user) { return Self.done }
            return await tell("CloudWatch gave no graph in time: try again.", press, output, until: end, logger)
        }
        let deedEnd = min(end, delivery.time.now() + Self.deedTime)
        do {
            switch press.action {
            case .silence: try await effects.silence(alarm, deed, deedEnd)
            case .acknowledge: try await effects.acknowledge(alarm, deed, deedEnd)
            case .graph: break
            }
        } catch {
            logger.error("a button's press has had no effect", metadata: ["reason": "\(error)"])
            _ = try? await buttons.change(alarm.id, until: end) { $0.settle(press, isDone: false) }
            return await tell("It could not be done: try again.", press, output, until: end, logger, isDone: false)
        }
        var settled = alarm
        settled.settle(press, isDone: true)
        do {
            if let found = try await buttons.change(alarm.id, until: end, { $0.settle(press, isDone: true) }) {
                settled = found.alarm
            }
        } catch {
            // It is in force. The next press finds it open, and does it once more.
            logger.warning("a button's press could not be noted", metadata: ["reason": "\(error)"])
        }
        await SlackThread(settled, output, delivery, until: end).announce(press.action, deed)
        return Self.done
    }

    // MARK: Answers

    /// Slack shows nothing for it.
    private static let done = FunctionResponse(json: ["statusCode": 200, "body": ""])
    /// Slack shows a warning beside the button.
    private static let failed = FunctionResponse(json: ["statusCode": 500, "body": ""])

    /// Tells only the one who has pressed.
    /// - Parameter isDone: whether Slack may think that all is well.
    private func tell(
        _ text: String, _ press: ButtonPress, _ output: OutputDefinition, until end: Timestamp, _ logger: Logger,
        isDone: Bool = true
    ) async -> FunctionResponse {
        let reason = await SlackCaller(output, delivery, until: end).send("chat.postEphemeral") {
            [
                "channel": .string(press.channel), "user": .string(press.user.id),
                "text": .string(text), "mrkdwn": false,
            ]
        }
        if let reason { logger.warning("nobody was told", metadata: ["reason": "\(reason)"]) }
        return isDone ? Self.done : Self.failed
    }
}
