/// The console's style, on top of that of the services' pages.
enum ConsoleStyle {
    static let text: StaticString = """
        body{font-size:15px;line-height:1.45}
        .top,.banner,main,footer{max-width:94rem;margin:0 auto;padding:0 1rem}
        .aloud{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        time{white-space:nowrap}
        h1{font-size:1.5rem;line-height:1.2;margin:0}h2{font-size:1.05rem;margin:0 0 .6rem}
        .card{padding:1rem 1.1rem;border-radius:10px;min-width:0}
        .card p{max-width:none}.card>p:last-child{margin-bottom:0}
        .scroll{margin:0;padding:0}
        th,td{padding:.25rem .9rem .25rem 0}td{min-width:0}
        pre{margin:.4rem 0;padding:.6rem .75rem;max-height:18rem;border-radius:6px}pre.plan{max-height:none}
        .top{display:grid;grid-template-columns:1fr auto;gap:.6rem 1.25rem;align-items:center;padding-top:.9rem}
        .top .brand{grid-column:1/-1}.top .brand span{color:var(--text);font-weight:700}
        .top nav{grid-column:1/-1}
        .count{color:var(--muted)}
        .verdict{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;grid-column:1/-1;border-radius:10px;\
        padding:.9rem 1.1rem;background:var(--soft);border-left:6px solid var(--muted)}
        .verdict .note{margin:.15rem 0 0}.verdict code{font-size:.8rem}
        .verdict.good{background:var(--good-soft);border-color:var(--good)}.verdict.good h1{color:var(--good)}
        .verdict.bad{background:var(--bad-soft);border-color:var(--bad)}.verdict.bad h1{color:var(--bad)}
        .verdict.warn{background:var(--warn-soft);border-color:var(--warn)}.verdict.warn h1{color:var(--warn)}
        .remarks{display:flex;flex-wrap:wrap;gap:.4rem;margin:0 0 0 auto;padding:0;list-style:none}
        .remark{display:inline-flex;gap:.35rem;align-items:center;background:var(--card);border:1px solid var(--line);\
        border-radius:99px;padding:.2rem .7rem .2rem .4rem;font-size:.88rem;text-decoration:none;color:var(--text)}
        .remark:hover{border-color:currentColor}
        .buttons{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
        .button{display:inline-block;font:inherit;font-size:.85rem;line-height:1.3;color:var(--text);background:var(--card);\
        border:1px solid var(--line);border-radius:6px;padding:.3rem .7rem;cursor:pointer;text-decoration:none;\
        white-space:nowrap}
        .button:hover{border-color:var(--info);color:var(--info)}.button[aria-busy=true]{opacity:.6;cursor:progress}
        .button.primary{background:var(--info);border-color:var(--info);color:var(--card);font-weight:600}
        .button.danger{border-color:var(--bad);color:var(--bad)}.button.small{font-size:.8rem;padding:.12rem .5rem}
        form{display:inline-block;margin:0}#check-service{display:none}
        .banner{width:calc(100% - 2rem);margin:.6rem auto 0;padding:.55rem .9rem;border-radius:8px;\
        background:var(--soft);border-left:4px solid var(--muted)}
        .banner:empty,.banner[hidden]{display:none}
        .banner.good{background:var(--good-soft);border-color:var(--good)}
        .banner.bad{background:var(--bad-soft);border-color:var(--bad)}
        .banner.warn{background:var(--warn-soft);border-color:var(--warn)}
        #lost{position:sticky;top:0;z-index:5;font-weight:600}
        .lost .top,.lost main{filter:grayscale(1);opacity:.6}
        main{padding-top:1rem}
        main.alone{max-width:44rem;padding-top:3rem}main.wide{max-width:64rem}
        main.alone h1{font-size:1.35rem;margin-bottom:.6rem}.back{margin-bottom:.75rem}
        main.alone .banner{width:auto;margin:0 0 1rem}
        .faults{border-left:6px solid var(--warn)}.lines{display:grid;gap:.25rem;margin:0;padding:0;list-style:none}
        .icon{width:1.05rem;height:1.05rem;flex:none;vertical-align:-.2em}.icon.large{width:2.2rem;height:2.2rem}
        .icon .shape{fill:var(--muted)}.icon .sign{fill:none;stroke:var(--card);stroke-width:2.5;stroke-linecap:round;\
        stroke-linejoin:round}
        .icon.good .shape{fill:var(--good)}.icon.bad .shape{fill:var(--bad)}.icon.warn .shape{fill:var(--warn)}\
        .icon.busy .shape{fill:var(--info)}.icon.busy .sign{fill:var(--card);stroke:none}
        .items{margin:0;padding:0;list-style:none}
        .items>li{border-top:1px solid var(--line);padding:.6rem 0}
        .items>li:first-child{border-top:0;padding-top:0}.items>li:last-child{padding-bottom:0}
        .items h3{font-size:.95rem;margin:0;line-height:1.35;min-width:0}.items p{margin:.1rem 0}
        .item-head{display:flex;flex-wrap:wrap;gap:.25rem .55rem;align-items:center}
        .item-head>form,.item-head>a.button{margin-left:auto}
        .alarm .item-head{flex-wrap:nowrap}.alarm h3{flex:1}
        .now{font-weight:600;font-size:.85rem;color:var(--muted)}.ago{font-size:.83rem;color:var(--muted)}
        .items>.bad .now,b.bad{color:var(--bad)}.items>.good .now,b.good{color:var(--good)}\
        .items>.busy .now{color:var(--info)}
        .problem{color:var(--bad)}
        .items details>summary{font-size:.85rem;color:var(--muted);display:flex;align-items:center}
        .items details>summary::before{margin:0 .5rem 0 .15rem;width:.35rem;height:.35rem}
        .items details>summary:hover{color:var(--info)}
        .fold{margin-top:.6rem;border-top:1px solid var(--line);padding-top:.6rem}
        h2+.fold{margin-top:0;border-top:0;padding-top:0}
        .fold>summary{display:flex;gap:.55rem;align-items:center;font-weight:600;font-size:.95rem}
        .fold>summary::before{order:9;margin:0 .3rem 0 auto;width:.4rem;height:.4rem}
        .fold[open]>summary::before{margin-top:-.2rem}
        .fold>summary:hover{color:var(--info)}.fold>.items{margin-top:.6rem;border-top:1px solid var(--line);padding-top:.6rem}
        .changes{font-size:.85rem;display:grid;gap:.3rem;margin:.35rem 0 0;padding:0;list-style:none}
        .changes li{display:flex;gap:.5rem;align-items:baseline}.changes time{color:var(--muted)}.changes span{min-width:0}
        .changes.scrolls{max-height:16rem;overflow:auto;margin-top:0}
        .chat{display:grid;gap:.65rem;max-height:34rem;overflow:auto;margin:0;padding:2px;list-style:none}
        .functions{font-size:.88rem}
        .function{display:grid;grid-template-columns:minmax(9rem,1fr) repeat(6,minmax(4.6rem,6rem));gap:.25rem .6rem;\
        padding:.35rem 0;border-top:1px solid var(--line);align-items:baseline}
        .function.head{border-top:0;color:var(--muted);font-size:.8rem;padding-top:0}
        .function span:not(.name):not(:first-child){text-align:right}
        details>summary.function::before{display:none}
        summary.function .name{font-weight:600}
        summary.function .name::before{content:"";display:inline-block;width:.35rem;height:.35rem;\
        border:solid var(--muted);border-width:0 2px 2px 0;transform:rotate(-45deg);margin:0 .5rem .1rem .1rem}
        details[open]>summary.function .name::before{transform:rotate(45deg)}
        .cell small{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .cell.bad,td.bad{color:var(--bad)}
        .opened{padding:.2rem 0 .8rem 1rem}.opened table{font-size:.85rem}
        .timeline{margin-top:.5rem}
        .lane{display:grid;grid-template-columns:1fr;border-top:1px solid var(--line)}
        .lane.clock,.lane:first-child{border-top:0}
        .lane-name{font-size:.82rem;line-height:1.3;display:flex;gap:.5rem;justify-content:space-between;\
        align-items:center;padding-top:.2rem}
        .lane-name small{white-space:nowrap;font-size:.78rem}
        .lane svg{display:block;width:100%;overflow:visible}.lane text{fill:var(--muted);font-size:12px}
        .tick{stroke:var(--line)}rect.during{fill:var(--info-soft);opacity:.6}
        .bar{fill:var(--info);stroke:var(--info);stroke-width:2;stroke-linejoin:round}
        .probe .bar{fill:var(--probe);stroke:var(--probe)}.hypothesis .bar{fill:var(--good);stroke:var(--good)}\
        .rollback .bar{fill:var(--rollback);stroke:var(--rollback)}
        .lane .bar.bad{fill:var(--bad);stroke:var(--bad)}.bar.open{fill-opacity:.4}
        .result{fill:var(--up);stroke:var(--card);stroke-width:.5}.result.bad{fill:var(--down)}\
        .result.none{fill:var(--none)}
        .moved{fill:none;stroke:var(--probe);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .moved-area{fill:var(--probe);fill-opacity:.12}
        .keys{display:flex;flex-wrap:wrap;gap:.2rem 1rem}.items .keys{margin-top:.4rem}
        .sample::before{content:"";display:inline-block;width:1.1rem;height:.55rem;border-radius:2px;margin-right:.35rem;\
        background:var(--info)}
        .sample.probe::before{background:var(--probe)}.sample.hypothesis::before{background:var(--good)}\
        .sample.rollback::before{background:var(--rollback)}.sample.during::before{background:var(--info-soft)}
        .live-only{display:none}.js .live-only{display:inline}
        @media (min-width:44rem){.lane{grid-template-columns:15rem 1fr;column-gap:1rem}.lane-name{padding:0}
        .top .brand{grid-column:1}.top nav{grid-column:2;grid-row:1}}
        @media (min-width:72rem){.board{display:grid;grid-template-columns:minmax(0,1fr) 25rem;gap:0 1rem;\
        grid-template-rows:auto auto auto 1fr;align-items:start}
        .board>*{grid-column:1}.board>.side{grid-column:2;grid-row:1/span 4}}
        @media (min-width:77rem) and (max-width:90rem){.row summary small{display:none}
        .columns,.row,.axis{grid-template-columns:minmax(11rem,1fr) 13rem 18rem 16.5rem}
        .row summary{width:calc(100% - 13rem - 18rem - 16.5rem - 4.2rem)}}
        @media (max-width:43.99rem){.function.head,.row summary .chip~small{display:none}
        .function{display:flex;flex-wrap:wrap;gap:.1rem .9rem}.function .name{flex-basis:100%}
        .function .cell small{position:static;width:auto;height:auto;clip-path:none}
        .remarks,.item-head>form,.item-head>a.button{margin-left:0}h1{font-size:1.3rem}}
        @media (prefers-reduced-motion:no-preference){.button{transition:border-color .12s,color .12s}}
        """
}
