/** Names as common as in an American payroll, commonest first, and the rare tail made from parts. Plain lists written for this generator. */

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

export const surnames = words(`
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson
Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green
Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris
Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood
James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan
Bell Coleman Butler Henderson Barnes Gonzales Fisher Vasquez Simmons Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace
Moreno West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison Fernandez Mcdonald
Woods Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw
Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren Mills Meyer Rice Schmidt Garza Daniels
Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight
Elliott Cunningham Duncan Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston Matthews Pena Richards
Contreras Willis Carpenter Lawrence Sandoval Guerrero George Chapman Rios Estrada Ortega Watkins Greene Nunez Wheeler Valdez Harper Burke Larson
Santiago Maldonado Morrison Franklin Carlson Austin Dominguez Carr Lawson Jacobs OBrien Lynch Singh Vega Bishop Montgomery Oliver Jensen Harvey
Williamson Gilbert Dean Sims Espinoza Howell Li Wong Reid Hanson Le Mccoy Garrett Burton Fuller Wang Weber Welch Rojas Lucas Marquez Fields Park
Yang Little Banks Padilla Day Walsh Bowman Schultz Luna Fowler Mejia Davidson Acosta Brewer May Holland Juarez Newman Pearson Curtis Cortez Douglas
`)

export const menNames = words(`
James Michael Robert John David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Mark Donald Steven Andrew Paul Joshua
Kenneth Kevin Brian Timothy Ronald Jason George Edward Jeffrey Ryan Jacob Nicholas Gary Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin
Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy
Christian Walter Keith Austin Roger Terry Sean Gerald Carl Dylan Harold Jordan Jesse Bryan Lawrence Arthur Gabriel Bruce Logan Billy Joe Alan Juan
Elijah Willie Albert Wayne Randy Mason Vincent Liam Roy Bobby Caleb Bradley Russell Lucas Carlos Luis Jorge Miguel Angel Diego Victor Antonio
`)

export const womenNames = words(`
Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Sarah Lisa Nancy Sandra Betty Ashley Emily Kimberly Margaret Donna Michelle
Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha
Katherine Christine Debra Rachel Carolyn Janet Maria Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly Christina Ruth Joan
Virginia Judith Evelyn Hannah Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara Gloria Janice Kathryn Ann Isabella Judy
Charlotte Julia Grace Amber Alice Jean Denise Frances Danielle Marilyn Natalie Beverly Diana Brittany Theresa Kayla Alexis Doris Lori Rosa Ana
`)

const heads = words(`
Ash Bar Bel Black Brad Bran Bur Cal Car Chad Clay Cold Crom Dal Den Dray East Elm Fair Far Fen Gart Glen Gran Had Hal Hart Haw Hol Hor Kel Ken Kirk
Lang Lin Lock Mar Mel Mid Nor Oak Old Pem Rad Red Row Shel Stan Sut Thorn Up Wad Wes Whit Win Wood Zim
`)
const middles = words('a e er el ing en ber ders ten ling man ven bor der wig zel')
const tails = words(`
berg bridge brook burn bury by dale don field ford gate ham hill house hurst ington kins land ley man mere more quist ridge sen ski son stead stein
ston ton vale well wick win wood worth
`)

/** The long tail: tens of thousands of surnames nobody else bears. */
export function rareSurname(chance: number): string {
  const count = heads.length * middles.length * tails.length
  const at = Math.floor(chance * count)
  const head = heads[at % heads.length] as string
  const middle = middles[Math.floor(at / heads.length) % middles.length] as string
  return head + middle + tails[Math.floor(at / (heads.length * middles.length)) % tails.length]
}

/** What people are called by, for the names above that have one. */
export const calledBy: Readonly<Record<string, readonly string[]>> = {
  James: ['Jim', 'Jimmy'],
  Michael: ['Mike'],
  Robert: ['Bob', 'Rob'],
  John: ['Jack', 'Johnny'],
  David: ['Dave'],
  William: ['Bill', 'Will'],
  Richard: ['Rick', 'Dick'],
  Joseph: ['Joe'],
  Thomas: ['Tom'],
  Christopher: ['Chris'],
  Charles: ['Charlie', 'Chuck'],
  Daniel: ['Dan', 'Danny'],
  Matthew: ['Matt'],
  Anthony: ['Tony'],
  Steven: ['Steve'],
  Andrew: ['Andy', 'Drew'],
  Joshua: ['Josh'],
  Kenneth: ['Ken'],
  Timothy: ['Tim'],
  Edward: ['Ed', 'Ted'],
  Jeffrey: ['Jeff'],
  Nicholas: ['Nick'],
  Jonathan: ['Jon'],
  Benjamin: ['Ben'],
  Samuel: ['Sam'],
  Gregory: ['Greg'],
  Alexander: ['Alex'],
  Patrick: ['Pat'],
  Raymond: ['Ray'],
  Zachary: ['Zach'],
  Gabriel: ['Gabe'],
  Elizabeth: ['Liz', 'Beth', 'Betsy'],
  Patricia: ['Pat', 'Patty'],
  Jennifer: ['Jen', 'Jenny'],
  Barbara: ['Barb'],
  Susan: ['Sue'],
  Jessica: ['Jess'],
  Margaret: ['Peggy', 'Maggie'],
  Kimberly: ['Kim'],
  Deborah: ['Deb', 'Debbie'],
  Stephanie: ['Steph'],
  Rebecca: ['Becky'],
  Cynthia: ['Cindy'],
  Kathleen: ['Kathy'],
  Pamela: ['Pam'],
  Samantha: ['Sam'],
  Katherine: ['Kate', 'Kathy'],
  Christine: ['Chris'],
  Catherine: ['Cathy', 'Kate'],
  Victoria: ['Vicky'],
  Christina: ['Tina'],
  Abigail: ['Abby'],
  Jacqueline: ['Jackie'],
  Teresa: ['Terri'],
  Isabella: ['Bella'],
}

/** Names written in another script or with marks in one system and in plain letters in the other. */
export const writtenTwice: readonly {
  readonly first: string
  readonly last: string
  readonly plainFirst: string
  readonly plainLast: string
}[] = [
  { first: '伟', last: '王', plainFirst: 'Wei', plainLast: 'Wang' },
  { first: '娜', last: '李', plainFirst: 'Na', plainLast: 'Li' },
  { first: 'Иван', last: 'Петров', plainFirst: 'Ivan', plainLast: 'Petrov' },
  { first: 'Ольга', last: 'Смирнова', plainFirst: 'Olga', plainLast: 'Smirnova' },
  { first: 'Γιώργος', last: 'Νικολάου', plainFirst: 'Giorgos', plainLast: 'Nikolaou' },
  { first: 'José', last: 'Núñez', plainFirst: 'Jose', plainLast: 'Nunez' },
  { first: 'Łukasz', last: 'Wiśniewski', plainFirst: 'Lukasz', plainLast: 'Wisniewski' },
  { first: 'Søren', last: 'Jørgensen', plainFirst: 'Soren', plainLast: 'Jorgensen' },
  { first: 'Zoë', last: 'Müller', plainFirst: 'Zoe', plainLast: 'Muller' },
  { first: 'Özlem', last: 'Yıldız', plainFirst: 'Ozlem', plainLast: 'Yildiz' },
]

export const streets = words(`
Main Oak Pine Maple Cedar Elm Washington Lake Hill Walnut Spring North Ridge Church Park Willow Meadow Mill Jackson Lincoln Highland Forest River
Sunset Franklin Madison Jefferson Dogwood Chestnut Valley Broad Center Railroad Locust Spruce Adams Poplar Laurel Hickory Birch Cherry Colonial
`)
export const streetKinds = [
  ['Street', 'St'],
  ['Avenue', 'Ave'],
  ['Road', 'Rd'],
  ['Drive', 'Dr'],
  ['Lane', 'Ln'],
  ['Court', 'Ct'],
  ['Boulevard', 'Blvd'],
] as const
export const cities: readonly (readonly [city: string, state: string, zip: string])[] = [
  ['New York', 'NY', '100'],
  ['Los Angeles', 'CA', '900'],
  ['Chicago', 'IL', '606'],
  ['Houston', 'TX', '770'],
  ['Phoenix', 'AZ', '850'],
  ['Philadelphia', 'PA', '191'],
  ['San Antonio', 'TX', '782'],
  ['San Diego', 'CA', '921'],
  ['Dallas', 'TX', '752'],
  ['San Jose', 'CA', '951'],
  ['Austin', 'TX', '787'],
  ['Columbus', 'OH', '432'],
  ['Charlotte', 'NC', '282'],
  ['Denver', 'CO', '802'],
  ['Boston', 'MA', '021'],
  ['Seattle', 'WA', '981'],
  ['Saint Paul', 'MN', '551'],
  ['Portland', 'OR', '972'],
  ['Memphis', 'TN', '381'],
  ['Atlanta', 'GA', '303'],
]
export const departments = words('Engineering Sales Marketing Finance Operations Support Legal People Warehouse Design')
export const titles = [
  'Engineer',
  'Analyst',
  'Manager',
  'Associate',
  'Specialist',
  'Driver',
  'Clerk',
  'Director',
  'Technician',
  'Designer',
] as const
export const mailHosts = [
  'gmail.com',
  'gmail.com',
  'gmail.com',
  'yahoo.com',
  'outlook.com',
  'icloud.com',
  'aol.com',
] as const
