import JSON

/// The message that an incident began with.
struct IncidentThread: Sendable, Hashable {
    let reference: MessageReference
    /// How bad it was then.
    let severity: Severity

    init(reference: MessageReference, severity: Severity) { (self.reference, self.severity) = (reference, severity) }

    /// The form for keeping.
    var json: JSONValue { ["severity": .string(severity.rawValue), "reference": reference.json] }

    /// Reads the form for keeping.
    init?(_ json: JSONValue) {
        guard let severity = json["severity"]?.stringValue.flatMap(Severity.init(rawValue:)),
            let reference = json["reference"].flatMap({ MessageReference($0) })
        else { return nil }
        self.init(reference: reference, severity: severity)
    }
}
