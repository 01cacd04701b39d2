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

    /// Statuspage's JSON, Atom, iCalendar and badges.
    static func feeds(_ input: SLAReportInput, _ conditions: [ServiceCondition]) -> [ReportFile] {
        input.feedFiles(conditions)
    }
}
