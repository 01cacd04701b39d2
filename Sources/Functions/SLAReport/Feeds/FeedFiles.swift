extension SLAReportInput {
    /// All files of the report that other programs read, but for the original's: Statuspage's API, the feed, the
    /// calendar and the badges.
    public func feedFiles() -> [ReportFile] { statuspageFiles() + [atomFile(), calendarFile()] + badgeFiles() }
}
