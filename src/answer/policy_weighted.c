/* The order of a race in which each one's time is exponential and its rate its weight
 * (Efraimidis and Spirakis: u^(1/w), highest first, is -ln(u)/w, lowest first): the first
 * place goes to each with probability w/W, and so on among the rest. Weight 0 comes last.
 */
#include "answer/chooser.h"
#include "answer/policies.h"

#define LN2 UINT64_C(2977044472) /* ln(2) * 2^32 */

/* ln(1 + i/256) * 2^32. Between two of them a straight line is never more than 2^-19 off,
 * and even that for all alike, so who wins is not affected (tests/unit/answer). */
static const uint32_t logarithms[] = {
    /* clang-format off */
    0u, 16744533u, 33424039u, 50039020u, 66589974u, 83077393u,
    99501762u, 115863562u, 132163268u, 148401349u, 164578269u, 180694488u,
    196750459u, 212746631u, 228683449u, 244561349u, 260380768u, 276142134u,
    291845871u, 307492399u, 323082134u, 338615487u, 354092863u, 369514665u,
    384881291u, 400193133u, 415450582u, 430654022u, 445803834u, 460900396u,
    475944079u, 490935254u, 505874286u, 520761536u, 535597362u, 550382118u,
    565116154u, 579799817u, 594433450u, 609017394u, 623551984u, 638037554u,
    652474432u, 666862946u, 681203418u, 695496167u, 709741511u, 723939763u,
    738091233u, 752196229u, 766255054u, 780268011u, 794235396u, 808157507u,
    822034634u, 835867069u, 849655098u, 863399005u, 877099072u, 890755577u,
    904368797u, 917939005u, 931466472u, 944951467u, 958394255u, 971795100u,
    985154263u, 998472001u, 1011748572u, 1024984229u, 1038179224u, 1051333805u,
    1064448219u, 1077522711u, 1090557523u, 1103552895u, 1116509066u, 1129426270u,
    1142304743u, 1155144714u, 1167946415u, 1180710071u, 1193435910u, 1206124153u,
    1218775023u, 1231388739u, 1243965519u, 1256505579u, 1269009132u, 1281476389u,
    1293907562u, 1306302859u, 1318662486u, 1330986647u, 1343275546u, 1355529384u,
    1367748360u, 1379932673u, 1392082518u, 1404198090u, 1416279581u, 1428327183u,
    1440341085u, 1452321476u, 1464268541u, 1476182467u, 1488063435u, 1499911628u,
    1511727226u, 1523510409u, 1535261353u, 1546980234u, 1558667227u, 1570322505u,
    1581946239u, 1593538601u, 1605099758u, 1616629879u, 1628129128u, 1639597673u,
    1651035675u, 1662443297u, 1673820701u, 1685168045u, 1696485489u, 1707773188u,
    1719031300u, 1730259979u, 1741459379u, 1752629651u, 1763770948u, 1774883418u,
    1785967210u, 1797022473u, 1808049353u, 1819047995u, 1830018543u, 1840961141u,
    1851875930u, 1862763052u, 1873622647u, 1884454852u, 1895259807u, 1906037648u,
    1916788510u, 1927512529u, 1938209838u, 1948880570u, 1959524856u, 1970142828u,
    1980734614u, 1991300345u, 2001840147u, 2012354148u, 2022842474u, 2033305250u,
    2043742599u, 2054154646u, 2064541513u, 2074903321u, 2085240191u, 2095552242u,
    2105839594u, 2116102364u, 2126340670u, 2136554628u, 2146744353u, 2156909961u,
    2167051565u, 2177169278u, 2187263213u, 2197333481u, 2207380193u, 2217403458u,
    2227403387u, 2237380086u, 2247333665u, 2257264230u, 2267171887u, 2277056741u,
    2286918897u, 2296758460u, 2306575533u, 2316370217u, 2326142616u, 2335892829u,
    2345620959u, 2355327104u, 2365011363u, 2374673836u, 2384314620u, 2393933811u,
    2403531508u, 2413107804u, 2422662797u, 2432196579u, 2441709246u, 2451200890u,
    2460671605u, 2470121482u, 2479550612u, 2488959088u, 2498346998u, 2507714433u,
    2517061482u, 2526388233u, 2535694775u, 2544981195u, 2554247578u, 2563494013u,
    2572720585u, 2581927378u, 2591114477u, 2600281967u, 2609429930u, 2618558451u,
    2627667611u, 2636757492u, 2645828176u, 2654879744u, 2663912276u, 2672925851u,
    2681920551u, 2690896452u, 2699853634u, 2708792175u, 2717712152u, 2726613642u,
    2735496721u, 2744361466u, 2753207951u, 2762036253u, 2770846446u, 2779638603u,
    2788412798u, 2797169106u, 2805907598u, 2814628347u, 2823331424u, 2832016902u,
    2840684851u, 2849335342u, 2857968445u, 2866584230u, 2875182766u, 2883764122u,
    2892328366u, 2900875568u, 2909405794u, 2917919111u, 2926415587u, 2934895289u,
    2943358281u, 2951804631u, 2960234402u, 2968647661u, 2977044472u,
    /* clang-format on */
};

enum { TIME_SHIFT = 6 }; /* 32 fraction bits to 26, so that 6 are left for the whole */

/* -ln(u) * 2^26 for u uniform in (0, 1). */
static uint64_t race_time(struct random_state *random)
{
    uint64_t bits = random_u64(random) | 1;
    unsigned zeros = (unsigned)__builtin_clzll(bits);
    uint64_t fraction = bits << zeros << 1; /* behind the leading one */
    const uint32_t *at = &logarithms[fraction >> 56];
    uint64_t rest = (fraction >> 24) & UINT32_MAX;
    uint64_t mantissa = at[0] + (((uint64_t)(at[1] - at[0]) * rest) >> 32);

    return ((zeros + 1) * LN2 - mantissa) >> TIME_SHIFT;
}

static void sift_down(struct runner *heap, uint32_t count, uint32_t at)
{
    struct runner moved = heap[at];

    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].time < heap[child].time)
            child++;
        if (moved.time <= heap[child].time)
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void weighted_permute(struct chooser *chooser, const struct answer_rrset *rrset,
                             struct chooser_span span, uint32_t *out, uint32_t want)
{
    struct runner *heap = chooser->runners;

    for (uint32_t i = 0; i < span.count; i++) {
        uint32_t index = chooser_index(&span, i);
        uint32_t pace = answer_rrset_pace(rrset, index);
        uint64_t time = race_time(&chooser->random);
        heap[i].time = pace > 0 ? time * pace : INT64_MAX + time;
        heap[i].index = index;
    }
    for (uint32_t i = span.count / 2; i-- > 0;)
        sift_down(heap, span.count, i);
    for (uint32_t left = span.count; want > 0; want--) {
        *out++ = heap[0].index;
        heap[0] = heap[--left];
        sift_down(heap, left, 0);
    }
}

const struct policy policy_weighted = {
    .name = "weighted",
    .compile = members_sort_by_id,
    .permute = weighted_permute,
};
