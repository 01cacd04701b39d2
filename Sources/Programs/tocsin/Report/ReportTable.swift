import Basics
import SLAReport
import ServiceHistory
import TextTables

extension ReportSummary {
    /// A row for each service: its availability in each range, what is left of its budget, and its outages.
    ///
    /// Where there is too little room the shorter ranges are left out first, then outages: the longest range and the
    /// budget say most.
    var table: Table {
        let last = ranges.count - 1
        let columns =
            [Table.Column("SERVICE")]
            + ranges.enumerated().map { index, range in
                Table.Column(
                    range.uppercased(), rightAligned: true, dropOrder: index == last ? 0 : last - index + 2)
            } + [
                Table.Column("BUDGET OF \(budgetDays) D", rightAligned: true, dropOrder: 1),
                Table.Column("OUTAGES", rightAligned: true, dropOrder: 2),
            ]
        return Table(
            columns, narrowestFirstColumn: 12,
            rows: services.map { service in
                [Table.Cell(service.name)]
                    + service.availability.map { $0.cell(against: service.budget?.objective) }
                    + [service.budget.cell, Table.Cell("\(service.outages)", service.outages > 0 ? .plain : .faint)]
            })
    }
}

extension Availability {
    /// Red below the objective; faint where nothing was measured.
    fileprivate func cell(against objective: Double?) -> Table.Cell {
        guard let ratio else { return Table.Cell("–", .faint) }
        let percent = ratio * 100 + 1e-9
        if let objective { return Table.Cell(percentText, percent < objective ? .bad : .good) }
        // The limits of the pages.
        return Table.Cell(percentText, percent < 95 ? .bad : percent < 99 ? .plain : .good)
    }
}

extension ErrorBudget? {
    /// The share that is left, or by how much it is overspent.
    fileprivate var cell: Table.Cell {
        guard let budget = self else { return Table.Cell("–", .faint) }
        guard budget.isOverspent else { return Table.Cell("left \(Int((budget.left * 100).rounded(.down))) %", .good) }
        if let times = budget.overspentTimes { return Table.Cell("overspent \(times) times", .bad) }
        guard budget.allowed > 0, budget.left >= -2 else { return Table.Cell("overspent", .bad) }
        return Table.Cell("overspent by \(Int((-budget.left * 100).rounded(.up))) %", .bad)
    }
}
