import Basics
import JSON

extension RunEvent {
    /// What a log says about the event, in Chaos Toolkit's words where it has some.
    public var messages: [(level: MessageLevel, text: String)] {
        switch self {
        case .started(let title): return [(.info, "Running experiment: \(title)")]
        case .hypothesisStarted(.during, let frequency):
            let text = "Executing the steady-state hypothesis continuously every \((frequency ?? .zero).text)"
            return [(.info, text)]
        case .hypothesisStarted(let phase, _): return [(.info, "Steady state hypothesis \(phase.rawValue) the method")]
        case .hypothesisCompleted(_, nil, let state):
            return state?["steady_state_met"] == true ? [(.info, "Steady state hypothesis is met!")] : []
        case .methodStarted: return [(.info, "Playing your experiment's method now...")]
        case .rollbacksStarted: return [(.info, "Let's rollback...")]
        case .hypothesisCompleted, .methodCompleted, .rollbacksCompleted: return []
        case .pauseStarted(_, let duration, let isBefore, let isSkipped):
            let when = isBefore ? "before next" : "after"
            return [(.info, "Pausing \(when) activity for \(duration.text)\(isSkipped ? " (skipped)" : "")...")]
        case .activityStarted(let activity, _):
            let kind = activity.kind == .action ? "Action" : "Probe"
            return [(.info, "\(kind): \(activity.name)\(activity.isBackground ? " [in background]" : "")")]
        case .activityCompleted(let activity, _, let record): return Self.messages(of: activity, record)
        case .interrupted(let reason): return [(.warning, "The experiment is interrupted: \(reason.text)")]
        case .message(let level, let text): return [(level, text)]
        case .finished(let journal):
            guard journal["deviated"] == true else {
                return [(.info, "Experiment ended with status: \(journal["status"]?.stringValue ?? "")")]
            }
            return [
                (.info, "Experiment ended with status: deviated"),
                (.info, "The steady-state has deviated, a weakness may have been discovered"),
            ]
        }
    }

    private static func messages(of activity: Activity, _ record: JSONObject) -> [(level: MessageLevel, text: String)] {
        var messages: [(level: MessageLevel, text: String)] = []
        switch record["status"] {
        case "succeeded": messages.append((.debug, "  => succeeded with \(record["output"] ?? .null)"))
        case "failed":
            let text = record["exception"]?[0]?.stringValue?.trimmingWhitespace ?? ""
            messages.append((.error, "  => failed: \(text)"))
        default: messages.append((.error, "  => \(activity.name) was not run to its end"))
        }
        // Where a tolerance looks at the status, it decides.
        let status = record["output"]?["status"]?.intValue ?? 0
        switch activity.provider["type"] {
        case "http" where activity.tolerance == nil && status > 399:
            messages.append((.warning, "This HTTP call was answered with status \(status). Was that expected?"))
        case "process" where activity.tolerance == nil && status > 0:
            messages.append((.warning, "This process ended with \(status). Was that expected?"))
        default: break
        }
        return messages
    }
}
