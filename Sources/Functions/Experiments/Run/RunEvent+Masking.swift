import JSON

extension RunEvent {
    /// The event without the values of secrets.
    func masked(by secrets: SecretValues) -> RunEvent {
        switch self {
        case .started(let title): return .started(title: secrets.masked(title))
        case .hypothesisCompleted(let phase, let iteration, let state):
            return .hypothesisCompleted(phase, iteration: iteration, state: state.map { secrets.masked($0) })
        case .activityCompleted(let activity, let place, let record):
            return .activityCompleted(activity, place, record: secrets.masked(.object(record)).objectValue ?? record)
        case .interrupted(var reason):
            reason.text = secrets.masked(reason.text)
            return .interrupted(reason)
        case .message(let level, let text): return .message(level, secrets.masked(text))
        case .finished(let journal): return .finished(journal: secrets.masked(.object(journal)).objectValue ?? journal)
        // These have nothing but what the document declares.
        case .hypothesisStarted, .methodStarted, .methodCompleted, .rollbacksStarted, .rollbacksCompleted,
            .pauseStarted,
            .activityStarted:
            return self
        }
    }
}
