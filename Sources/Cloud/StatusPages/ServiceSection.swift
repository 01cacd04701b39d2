public import Basics
public import Markup
public import TimeZones

/// Services by group: their state, availability, bars by hour and day with one time axis, outages, certificates.
public struct ServiceSection {
    /// In the order in which they are shown; those of a group need not stand together.
    public var entries: [ServiceEntry]
    /// The end of the time that is shown.
    public var now: Timestamp
    /// Days begin at its midnight, and times are written in it.
    public var zone: TimeZoneRules
    /// Writes more into a service's details: buttons, links.
    public var details: ((ServiceEntry, inout HTML) -> Void)?

    /// A section of these services.
    public init(
        entries: [ServiceEntry], now: Timestamp, zone: TimeZoneRules = .utc,
        details: ((ServiceEntry, inout HTML) -> Void)? = nil
    ) {
        self.entries = entries
        self.now = now
        self.zone = zone
        self.details = details
    }

    /// Writes the groups; the heading above them is the caller's.
    public func write(into html: inout HTML) {}
}
