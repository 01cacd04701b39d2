extension SLAReportInput {
    /// All files of the report that other programs read, but for the original's: Statuspage's API, the feed, the
    /// calendar and the badges.
    public func feedFiles() -> [ReportFile] { feedFiles(conditions) }

    func feedFiles(_ conditions: [ServiceCondition]) -> [ReportFile] {
        statuspageFiles(conditions) + [atomFile(), calendarFile()] + badgeFiles(conditions)
    }
}
