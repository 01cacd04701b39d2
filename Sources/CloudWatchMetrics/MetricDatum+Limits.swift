public import JSON

extension MetricDatum {
    /// How far back CloudWatch takes values, and how far ahead.
    static let oldest = Duration.seconds(14 * 86_400)
    static let newest = Duration.seconds(2 * 3_600)

    /// What CloudWatch would refuse about the datum, and with it the whole request; `nil` when it is fine.
    ///
    /// The limits of `PutMetricData`
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html and API_Dimension.html);
    /// names and units come from here and need no check.
    public func fault(at now: Timestamp) -> String? {
        if timestamp < now - Self.oldest { return "timestamp \(timestamp) is more than two weeks ago" }
        if timestamp > now + Self.newest { return "timestamp \(timestamp) is more than two hours ahead" }
        if !value.isFinite || value.magnitude > 0x1p360 { return "\(name) \(value) is out of range" }
        for dimension in dimensions {
            if let fault = Self.fault(inDimensionValue: dimension.value) { return "\(dimension.name) \(fault)" }
        }
        return nil
    }

    private static func fault(inDimensionValue value: String) -> String? {
        if !value.utf8.contains(where: { $0 > 0x20 }) { return "is empty" }
        if value.utf8.count > 1_024 { return "has \(value.utf8.count) characters, more than 1024" }
        let isPrintable = value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        return isPrintable ? nil : "\"\(value)\" has a character outside of printable ASCII"
    }
}
