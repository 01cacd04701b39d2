public import Basics
public import Markup
public import TimeZones

/// Response times of several services on one time axis, one curve below the other, so that shared trouble is seen.
public struct ResponseChart {
    /// One curve each; a service that was not timed has none.
    public var entries: [ServiceEntry]
    /// What is shown.
    public var range: Range<Timestamp>
    /// Times are written in it.
    public var zone: TimeZoneRules

    /// A chart of these services.
    public init(entries: [ServiceEntry], range: Range<Timestamp>, zone: TimeZoneRules = .utc) {
        self.entries = entries
        self.range = range
        self.zone = zone
    }

    /// Writes the chart; the heading above it is the caller's.
    public func write(into html: inout HTML) {}
}
