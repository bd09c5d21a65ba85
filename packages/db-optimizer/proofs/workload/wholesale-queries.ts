import type { NamedQuery } from './workload.ts';

/** Reports a wholesaler might ask for; each is named by what it tells. */
const REPORTS: Readonly<Record<string, string>> = {
  'shipped so far': `
    select returned, state, sum(quantity) as pieces, sum(price) as gross,
      sum(price * (1 - discount)) as net, sum(price * (1 - discount) * (1 + tax)) as billed,
      avg(quantity) as mean_pieces, avg(price) as mean_price, avg(discount) as mean_discount, count(*) as lines
    from purchase_line
    where shipped_on <= date '2023-12-01' - interval '75 days'
    group by returned, state
    order by returned, state`,
  'cheapest makers of an article': `
    select maker.balance, maker.name, country.name as country, article.id, article.house, maker.address,
      maker.phone, maker.note
    from article, maker, offer, country, continent
    where article.id = offer.article_id and maker.id = offer.maker_id
      and article.size = 17 and article.kind like '%BRASS'
      and maker.country_id = country.id and country.continent_id = continent.id and continent.name = 'Asia'
      and offer.unit_cost = (
        select min(offer.unit_cost) from offer, maker, country, continent
        where article.id = offer.article_id and maker.id = offer.maker_id
          and maker.country_id = country.id and country.continent_id = continent.id
          and continent.name = 'Asia')
    order by maker.balance desc, country.name, maker.name, article.id
    limit 100`,
  'open purchases of most worth': `
    select line.purchase_id, sum(line.price * (1 - line.discount)) as worth, purchase.placed_on, purchase.rank
    from shop, purchase, purchase_line as line
    where shop.branch = 'GARDEN' and shop.id = purchase.shop_id and line.purchase_id = purchase.id
      and purchase.placed_on < date '2020-03-20' and line.shipped_on > date '2020-03-20'
    group by line.purchase_id, purchase.placed_on, purchase.rank
    order by worth desc, purchase.placed_on
    limit 10`,
  'late by urgency': `
    select urgency, count(*) as purchases
    from purchase
    where placed_on >= date '2019-04-01' and placed_on < date '2019-04-01' + interval '3 months'
      and exists (
        select * from purchase_line as line
        where line.purchase_id = purchase.id and line.promised_on < line.received_on)
    group by urgency
    order by urgency`,
  'sold within the country': `
    select country.name, sum(line.price * (1 - line.discount)) as worth
    from shop, purchase, purchase_line as line, maker, country, continent
    where shop.id = purchase.shop_id and line.purchase_id = purchase.id and line.maker_id = maker.id
      and shop.country_id = maker.country_id and maker.country_id = country.id
      and country.continent_id = continent.id and continent.name = 'Europe'
      and purchase.placed_on >= date '2018-01-01' and purchase.placed_on < date '2018-01-01' + interval '1 year'
    group by country.name
    order by worth desc`,
  'given away by small discounts': `
    select sum(price * discount) as given
    from purchase_line
    where shipped_on >= date '2018-01-01' and shipped_on < date '2018-01-01' + interval '1 year'
      and discount between 0.04 and 0.06 and quantity < 25`,
  'trade between two countries': `
    select seller, buyer, year, sum(worth) as worth
    from (
      select sold.name as seller, bought.name as buyer, extract(year from line.shipped_on) as year,
        line.price * (1 - line.discount) as worth
      from maker, purchase_line as line, purchase, shop, country as sold, country as bought
      where maker.id = line.maker_id and purchase.id = line.purchase_id and shop.id = purchase.shop_id
        and maker.country_id = sold.id and shop.country_id = bought.id
        and ((sold.name = 'Japan' and bought.name = 'Italy') or (sold.name = 'Italy' and bought.name = 'Japan'))
        and line.shipped_on between date '2020-01-01' and date '2021-12-31'
    ) as shipping
    group by seller, buyer, year
    order by seller, buyer, year`,
  'share of a country in a market': `
    select year, sum(case when seller = 'Chile' then worth else 0 end) / sum(worth) as share
    from (
      select extract(year from purchase.placed_on) as year, line.price * (1 - line.discount) as worth,
        sold.name as seller
      from article, maker, purchase_line as line, purchase, shop, country as bought, country as sold, continent
      where article.id = line.article_id and maker.id = line.maker_id and line.purchase_id = purchase.id
        and purchase.shop_id = shop.id and shop.country_id = bought.id and bought.continent_id = continent.id
        and continent.name = 'America' and maker.country_id = sold.id
        and purchase.placed_on between date '2020-01-01' and date '2021-12-31'
        and article.kind = 'HEAVY CAST PINE'
    ) as sales
    group by year
    order by year`,
  'profit by country and year': `
    select country, year, sum(profit) as profit
    from (
      select country.name as country, extract(year from purchase.placed_on) as year,
        line.price * (1 - line.discount) - offer.unit_cost * line.quantity as profit
      from article, maker, purchase_line as line, offer, purchase, country
      where maker.id = line.maker_id and offer.maker_id = line.maker_id and offer.article_id = line.article_id
        and article.id = line.article_id and purchase.id = line.purchase_id and maker.country_id = country.id
        and article.name like '%saffron%'
    ) as profits
    group by country, year
    order by country, year desc`,
  'shops that send back most': `
    select shop.id, shop.name, sum(line.price * (1 - line.discount)) as lost, shop.balance, country.name as country,
      shop.address, shop.phone, shop.note
    from shop, purchase, purchase_line as line, country
    where shop.id = purchase.shop_id and line.purchase_id = purchase.id
      and purchase.placed_on >= date '2018-07-01' and purchase.placed_on < date '2018-07-01' + interval '3 months'
      and line.returned = 'R' and shop.country_id = country.id
    group by shop.id, shop.name, shop.balance, shop.phone, country.name, shop.address, shop.note
    order by lost desc
    limit 20`,
  'stock that matters in a country': `
    select offer.article_id, sum(offer.unit_cost * offer.available) as bound
    from offer, maker, country
    where offer.maker_id = maker.id and maker.country_id = country.id and country.name = 'Poland'
    group by offer.article_id
    having sum(offer.unit_cost * offer.available) > (
      select sum(offer.unit_cost * offer.available) * 0.001
      from offer, maker, country
      where offer.maker_id = maker.id and maker.country_id = country.id and country.name = 'Poland')
    order by bound desc`,
  'urgent lines by slow carriers': `
    select line.carrier,
      sum(case when purchase.urgency = '1-NOW' or purchase.urgency = '2-SOON' then 1 else 0 end) as urgent,
      sum(case when purchase.urgency <> '1-NOW' and purchase.urgency <> '2-SOON' then 1 else 0 end) as others
    from purchase, purchase_line as line
    where purchase.id = line.purchase_id and line.carrier in ('BARGE', 'POST')
      and line.promised_on < line.received_on and line.shipped_on < line.promised_on
      and line.received_on >= date '2019-01-01' and line.received_on < date '2019-01-01' + interval '1 year'
    group by line.carrier
    order by line.carrier`,
  'how often shops buy': `
    select purchases, count(*) as shops
    from (
      select shop.id, count(purchase.id)
      from shop left outer join purchase
        on shop.id = purchase.shop_id and purchase.note not like '%special%requests%'
      group by shop.id
    ) as counted (shop_id, purchases)
    group by purchases
    order by shops desc, purchases desc`,
  'share of special offers': `
    select 100.0 * sum(case when article.kind like 'OFFER%' then line.price * (1 - line.discount) else 0 end)
      / sum(line.price * (1 - line.discount)) as share
    from purchase_line as line, article
    where line.article_id = article.id
      and line.shipped_on >= date '2020-09-01' and line.shipped_on < date '2020-09-01' + interval '1 month'`,
  'best maker of a quarter': `
    with revenue (maker_id, worth) as (
      select maker_id, sum(price * (1 - discount))
      from purchase_line
      where shipped_on >= date '2021-01-01' and shipped_on < date '2021-01-01' + interval '3 months'
      group by maker_id)
    select maker.id, maker.name, maker.address, maker.phone, revenue.worth
    from maker, revenue
    where maker.id = revenue.maker_id and revenue.worth = (select max(worth) from revenue)
    order by maker.id`,
  'makers to choose from': `
    select article.brand, article.kind, article.size, count(distinct offer.maker_id) as makers
    from offer, article
    where article.id = offer.article_id and article.brand <> 'Brand 34' and article.kind not like 'BULK DYED%'
      and article.size in (3, 9, 14, 19, 23, 36, 45, 49)
      and offer.maker_id not in (select maker.id from maker where maker.note like '%client%complaints%')
    group by article.brand, article.kind, article.size
    order by makers desc, article.brand, article.kind, article.size`,
  'lost without small lines': `
    select sum(line.price) / 7.0 as per_year
    from purchase_line as line, article
    where article.id = line.article_id and article.brand = 'Brand 23' and article.packing = 'MEDIUM CRATE'
      and line.quantity < (
        select 0.2 * avg(others.quantity) from purchase_line as others where others.article_id = article.id)`,
  'the largest purchases': `
    select shop.name, shop.id, purchase.id, purchase.placed_on, purchase.total, sum(line.quantity) as pieces
    from shop, purchase, purchase_line as line
    where purchase.id in (
        select purchase_id from purchase_line group by purchase_id having sum(quantity) > 290)
      and shop.id = purchase.shop_id and purchase.id = line.purchase_id
    group by shop.name, shop.id, purchase.id, purchase.placed_on, purchase.total
    order by purchase.total desc, purchase.placed_on
    limit 100`,
  'three kinds of parcel by hand': `
    select sum(line.price * (1 - line.discount)) as worth
    from purchase_line as line, article
    where (article.id = line.article_id and article.brand = 'Brand 12'
        and article.packing in ('SMALL BAG', 'SMALL BOX', 'SMALL CAN', 'SMALL JAR')
        and line.quantity >= 2 and line.quantity <= 12 and article.size between 1 and 5
        and line.carrier in ('AIR', 'COURIER') and line.handling = 'HAND OVER')
      or (article.id = line.article_id and article.brand = 'Brand 23'
        and article.packing in ('MEDIUM BAG', 'MEDIUM BOX', 'MEDIUM TUBE', 'MEDIUM JAR')
        and line.quantity >= 13 and line.quantity <= 23 and article.size between 1 and 10
        and line.carrier in ('AIR', 'COURIER') and line.handling = 'HAND OVER')
      or (article.id = line.article_id and article.brand = 'Brand 44'
        and article.packing in ('LARGE BAG', 'LARGE BOX', 'LARGE CAN', 'LARGE TUBE')
        and line.quantity >= 22 and line.quantity <= 32 and article.size between 1 and 15
        and line.carrier in ('AIR', 'COURIER') and line.handling = 'HAND OVER')`,
  'makers with too much in store': `
    select maker.name, maker.address
    from maker, country
    where maker.id in (
        select offer.maker_id from offer
        where offer.article_id in (select article.id from article where article.name like 'lantern%')
          and offer.available > (
            select 0.5 * sum(line.quantity) from purchase_line as line
            where line.article_id = offer.article_id and line.maker_id = offer.maker_id
              and line.shipped_on >= date '2019-01-01' and line.shipped_on < date '2019-01-01' + interval '1 year'))
      and maker.country_id = country.id and country.name = 'Kenya'
    order by maker.name`,
  'makers that keep others waiting': `
    select maker.name, count(*) as times
    from maker, purchase_line as late, purchase, country
    where maker.id = late.maker_id and purchase.id = late.purchase_id and purchase.state = 'F'
      and late.received_on > late.promised_on
      and exists (
        select * from purchase_line as other
        where other.purchase_id = late.purchase_id and other.maker_id <> late.maker_id)
      and not exists (
        select * from purchase_line as other
        where other.purchase_id = late.purchase_id and other.maker_id <> late.maker_id
          and other.received_on > other.promised_on)
      and maker.country_id = country.id and country.name = 'Denmark'
    group by maker.name
    order by times desc, maker.name
    limit 100`,
  'shops worth a call': `
    select prefix, count(*) as shops, sum(balance) as balance
    from (
      select substring(shop.phone from 1 for 2) as prefix, shop.balance
      from shop
      where substring(shop.phone from 1 for 2) in ('12', '17', '19', '23', '28', '30', '31')
        and shop.balance > (
          select avg(rich.balance) from shop as rich
          where rich.balance > 0.00
            and substring(rich.phone from 1 for 2) in ('12', '17', '19', '23', '28', '30', '31'))
        and not exists (select * from purchase where purchase.shop_id = shop.id)
    ) as idle
    group by prefix
    order by prefix`,
};

export const WHOLESALE_QUERIES: readonly NamedQuery[] = Object.entries(REPORTS).map(([name, text]) => ({
  name,
  text: text.replaceAll(/\n {4}/g, '\n').trim(),
}));
