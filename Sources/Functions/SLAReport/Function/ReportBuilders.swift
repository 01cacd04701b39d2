/// The pure builders of a report's files.
enum ReportBuilders {
    /// The files of the function that Tocsin replaces, of one service.
    static func original(
        _ service: SLAReportInput.Service, in input: SLAReportInput, runnerBucket: String?
    ) -> [ReportFile] {
        OriginalReport(input, logBucket: runnerBucket).files(of: service)
    }

    /// The list of services of the function that Tocsin replaces.
    static func serviceList(_ input: SLAReportInput, runnerBucket: String?) -> [ReportFile] {
        [OriginalReport(input, logBucket: runnerBucket).servicesFile()]
    }

    /// The first page, and a page for each service and incident.
    /// - Parameter hasFeeds: whether there are feeds that the pages can name.
    static func site(_ input: SLAReportInput, hasFeeds: Bool) -> [ReportFile] {
        let feeds = [
            StatusSite.Link(address: "history.atom", title: "Atom feed", isFeed: true),
            StatusSite.Link(address: "calendar.ics", title: "Calendar"),
            StatusSite.Link(address: "api/v2/summary.json", title: "JSON"),
        ]
        return StatusSite(input, links: hasFeeds ? feeds : []).files()
    }

    /// Statuspage's JSON, Atom, iCalendar and badges.
    static func feeds(_ input: SLAReportInput) -> [ReportFile] { input.feedFiles() }
}
