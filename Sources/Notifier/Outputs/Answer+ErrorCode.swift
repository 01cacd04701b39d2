import JSON

extension Answer {
    /// What the robots of DingTalk and WeCom mean, which answer 200 whatever happens: `errcode` says what.
    /// - Parameters:
    ///   - crowded: the codes for too many messages a minute.
    ///   - busy: the codes for a fault of the service that passes.
    ///   - unauthorized: the codes for an address that the service does not know.
    func outcome(crowded: Set<Int64>, busy: Set<Int64>, unauthorized: Set<Int64>) -> SendOutcome {
        let words = json["errmsg"]?.stringValue ?? ""
        guard isSuccess else { return failure(words: words) }
        guard let code = json["errcode"]?.intValue else { return unreadable }
        if code == 0 { return .delivered(nil) }
        let reason = reason("\(code) \(words)")
        if crowded.contains(code) { return .retry(after: .seconds(60), reason: reason) }
        if busy.contains(code) { return .retry(after: nil, reason: reason) }
        return unauthorized.contains(code) ? .unauthorized(reason: reason) : .refused(reason: reason)
    }
}
