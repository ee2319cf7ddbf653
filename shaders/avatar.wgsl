// Light for the avatar: even, soft, without shadows, so that hands and face read at a glance.
//
// One key light from high in front, wrapped around the form; a sky and a floor that fill the rest;
// the ambient occlusion baked into the vertices' alpha. Edges of skin darken a little where the
// surface turns away, which is what separates a finger from the finger, or the face, behind it; edges
// of dark cloth lighten, which separates the sleeve from the chest.
// Everything that varies with the material is a number in `look`: one pipeline draws them all.

#import bevy_pbr::{
    forward_io::VertexOutput,
    mesh_view_bindings::view,
}

struct Look {
    // Colour that the vertices' own is multiplied with; linear.
    tint: vec4<f32>,
    // Colour of the light at the terminator: warm on skin, white elsewhere.
    terminator: vec4<f32>,
    // How far the key light reaches around the form, 0 to 1.
    wrap: f32,
    // How much edges darken.
    edge: f32,
    // Light that outlines the form from behind.
    rim: f32,
    // Strength of the highlight.
    gloss: f32,
    // Sharpness of the highlight, Blinn-Phong exponent.
    sharpness: f32,
    // How much of the baked occlusion is used.
    occlusion: f32,
    // Opacity below which nothing is drawn.
    cutoff: f32,
    // 1 where what is behind shines through.
    see_through: f32,
    // How far shade takes on the warmth of skin.
    warmth: f32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> look: Look;
// Only meshes with texture coordinates have one; our own avatars carry their colours in the vertices.
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;

// Toward the key light and the rim light, x to the viewer's right; unit vectors.
const KEY: vec3<f32> = vec3<f32>(0.347, 0.521, 0.780);
const RIM: vec3<f32> = vec3<f32>(-0.549, 0.768, -0.329);
const KEY_COLOR: vec3<f32> = vec3<f32>(0.98, 0.96, 0.92);
const SKY: vec3<f32> = vec3<f32>(0.41, 0.43, 0.46);
// Exponents of the shade in red, green and blue.
const SHADE: vec3<f32> = vec3<f32>(0.55, 0.85, 0.95);
const FLOOR: vec3<f32> = vec3<f32>(0.24, 0.22, 0.21);

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    var albedo = in.color.rgb * look.tint.rgb;
    var opacity = look.tint.a;
#ifdef VERTEX_UVS_A
    let texel = textureSample(picture, picture_sampler, in.uv);
    albedo *= texel.rgb;
    opacity *= texel.a;
    if opacity < look.cutoff {
        discard;
    }
#endif
    let normal = normalize(in.world_normal);
    let toward_eye = normalize(view.world_position - in.world_position.xyz);
    let facing = saturate(dot(normal, toward_eye));

    let turned = dot(normal, KEY);
    let key = saturate((turned + look.wrap) / (1.0 + look.wrap));
    let warmth = mix(look.terminator.rgb, vec3<f32>(1.0), smoothstep(0.05, 0.65, key));
    let fill = mix(FLOOR, SKY, 0.5 + 0.5 * normal.y);
    let occlusion = mix(1.0, in.color.a, look.occlusion);
    // Light that bounces about in a crease takes on the colour of its walls: shade on skin is warm.
    let shade = pow(vec3<f32>(occlusion), mix(vec3<f32>(1.0), SHADE, look.warmth));

    var light = KEY_COLOR * warmth * key * mix(vec3<f32>(1.0), shade, 0.55) + fill * shade;
    light *= mix(1.0 - look.edge, 1.0, smoothstep(0.0, 0.55, facing));

    let halfway = normalize(KEY + toward_eye);
    let highlight = look.gloss * pow(saturate(dot(normal, halfway)), look.sharpness);
    let outline = look.rim * pow(1.0 - facing, 2.5) * (0.55 + 0.45 * dot(normal, RIM));

    let color = albedo * light + highlight * occlusion + outline * SKY;
    return vec4<f32>(color, mix(1.0, opacity, look.see_through));
}
