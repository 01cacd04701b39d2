public import JSON

extension CheckResult {
    /// The result for programs: `{"name", "group"?, "url"?, "outcome": "up"|"down"|"timed-out", "attempts", "startedAt",
    /// "durationMs", "conditions": [{"condition", "success"}], "errors": […], "status"?, "ip"?, "responseTimeMs"?,
    /// "certificateDays"?, "domainDays"?, "notes"?, "maintenance": true?}`.
    public var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        object["group"] = group.map { .string($0) }
        object["url"] = url.map { .string($0) }
        object["outcome"] = .string(outcome.rawValue)
        object["attempts"] = .init(attempts)
        object["startedAt"] = .string(startedAt.iso8601(fractionDigits: 3))
        object["durationMs"] = .double(duration.inMilliseconds)
        object["conditions"] = .array(
            conditions.map { ["condition": .string($0.text), "success": .bool($0.isMet)] }
        )
        object["errors"] = .array(errors.map { .string($0) })
        if let measurements {
            if measurements.status != 0 { object["status"] = .init(measurements.status) }
            if !measurements.ip.isEmpty { object["ip"] = .string(measurements.ip) }
            object["responseTimeMs"] = .double(measurements.responseTime.inMilliseconds)
            object["certificateDays"] = measurements.certificateExpiration.map { .double($0.days) }
            object["domainDays"] = measurements.domainExpiration.map { .double($0.days) }
        }
        if !notes.isEmpty { object["notes"] = .array(notes.map { .string($0) }) }
        if isInMaintenance { object["maintenance"] = true }
        return .object(object)
    }
}

extension Duration {
    /// Milliseconds, to the microsecond.
    var inMilliseconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1_000
    }

    /// Days, to the hundredth.
    var days: Double { (Double(components.seconds) / 864).rounded(.down) / 100 }
}
